#!/usr/bin/env bash
# MiniSom's triangle neighbourhood is sigma^2 high, not 1: a unit that learns jumps past its sample.
# Version: minisom 2.3.6 (with numpy 2.4.6).
# With sigma 4 and rate 0.5, one step takes the nearest unit 8 times the way to the sample: from 1.0 before it to 7.0 behind it.
# The gaussian and the bubble are 1 at the nearest unit, which goes half of the way.
# Why it matters: rates do not carry over between neighbourhoods; early steps with a triangle throw the map about.
# What to do: with "triangle" give learning_rate / sigma**2, or use another neighbourhood.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install numpy==2.4.6 minisom==2.3.6
env/bin/python - <<'END'
import sys
from importlib.metadata import version

import numpy as np
from minisom import MiniSom

print("minisom", version("minisom"))
seen = {}
for neighbourhood in "gaussian", "bubble", "triangle":
    som = MiniSom(9, 9, 1, sigma=4, learning_rate=0.5, neighborhood_function=neighbourhood, random_seed=1)
    som._weights[:] = 5.0
    som._weights[4, 4] = 1.0
    sample = np.array([0.0])
    som.update(sample, som.winner(sample), 0, 100)
    seen[neighbourhood] = round(float(som._weights[4, 4, 0]), 6)
    print(f"{neighbourhood}: the nearest unit, 1.0 away from its sample at 0, is at {seen[neighbourhood]} after one step")
expected = {"gaussian": 0.5, "bubble": 0.5, "triangle": -7.0}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
