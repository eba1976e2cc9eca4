#!/usr/bin/env bash
# TensorFlow's model optimisation toolkit prunes nothing in a training of fewer than 100 steps.
# Versions: tensorflow-model-optimization 0.8.1, TensorFlow 2.21.0, tf_keras 2.21.0.
# PolynomialDecay(0.0, 0.8, 0, end_step=90) ends with no zero at all, and no message.
# By default it acts at steps 0, 100, 200 and so on only, and at step 0 by the initial sparsity.
# Why it matters: fine-tuning on a small data set has few steps; strip_pruning then returns a dense model.
# What to do: PolynomialDecay(..., frequency=N), N a divisor of the end step; count the zeros at the end.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile tensorflow==2.21.0 tf_keras==2.21.0 \
  tensorflow-model-optimization==0.8.1
export TF_USE_LEGACY_KERAS=1 TF_CPP_MIN_LOG_LEVEL=3
env/bin/python - <<'END'
import sys
from importlib.metadata import version

import numpy as np
import tensorflow_model_optimization as tfmot
import tf_keras as keras


print("tensorflow-model-optimization", version("tensorflow-model-optimization"))
print("tensorflow", version("tensorflow"))
print("tf-keras", version("tf-keras"))
x = np.random.default_rng(0).normal(size=(320, 20)).astype(np.float32)
seen = {}
for frequency in 100, 10:
    schedule = tfmot.sparsity.keras.PolynomialDecay(0.0, 0.8, 0, 90, frequency=frequency)
    network = keras.Sequential([keras.layers.Dense(50, input_shape=(20,)), keras.layers.Dense(1)])
    network = tfmot.sparsity.keras.prune_low_magnitude(network, pruning_schedule=schedule)
    network.compile("sgd", "mse")
    network.fit(x, x.sum(1, keepdims=True), batch_size=32, epochs=9, verbose=0,
                callbacks=[tfmot.sparsity.keras.UpdatePruningStep()])
    weights = tfmot.sparsity.keras.strip_pruning(network).get_weights()[0]
    seen[frequency] = round(float((weights == 0).mean()), 3)
    steps = int(network.optimizer.iterations)
    print(f"frequency {frequency}: {steps} steps, sparsity {seen[frequency]}, asked for 0.8")
expected = {100: 0.0, 10: 0.8}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
