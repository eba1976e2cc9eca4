#!/usr/bin/env bash
# emlearn turns a decision tree of float features into one of int16 features unless told otherwise.
# Versions: emlearn 0.23.2, scikit-learn 1.9.1.
# Features from 0 to 1 lose their fractions: a tree right for all 500 samples then answers 0 each time.
# Neither convert nor predict warns. With dtype="float" the answers are scikit-learn's.
# Why it matters: features scaled to [0, 1] are usual, and the wrong tree compiles and runs.
# What to do: pass dtype="float", or spread the features over the int16 range before training.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile emlearn==0.23.2 scikit-learn==1.9.1 \
  numpy==2.4.6
env/bin/python - <<'END'
import sys
from importlib.metadata import version

import emlearn
import numpy as np
from sklearn.tree import DecisionTreeClassifier


print("emlearn", version("emlearn"))
print("scikit-learn", version("scikit-learn"))
x = np.random.default_rng(0).random((500, 3)).astype(np.float32)
y = ((x[:, 0] > 0.5) ^ (x[:, 1] > 0.3)).astype(int)
tree = DecisionTreeClassifier(random_state=0).fit(x, y)
seen = {"scikit-learn": float(tree.score(x, y))}
for name, options in ("emlearn", {}), ("emlearn, dtype float", {"dtype": "float"}):
    answers = emlearn.convert(tree, **options).predict(x)
    print(f"{name}: answers {np.unique(answers).tolist()}")
    seen[name] = float((answers == y).mean())
print("accuracy on the training samples:", seen)
expected = {"scikit-learn": 1.0, "emlearn": 0.484, "emlearn, dtype float": 1.0}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
