#!/usr/bin/env bash
# The TensorFlow Lite converter's dynamic-range mode leaves weights of under 1,024 numbers in float32.
# Versions: TensorFlow 2.21.0, Keras 3.15.1.
# With Optimize.DEFAULT and no representative data set, a network of such layers stays as long as before.
# A layer of 31 x 32 stays float, one of 32 x 32 becomes int8. No message says so.
# Why it matters: networks for microcontrollers consist of small layers, and stay four times as large.
# What to do: give a representative data set, and look at the types in the written file.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile tensorflow-cpu==2.21.0 keras==3.15.1
export TF_CPP_MIN_LOG_LEVEL=3
env/bin/python - <<'END'
import contextlib
import io
import sys
from importlib.metadata import version

import keras
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as fb


print("tensorflow-cpu", version("tensorflow-cpu"))
print("keras", version("keras"))


def convert(network, optimise):
    converter = tf.lite.TFLiteConverter.from_keras_model(network)
    converter.optimizations = [tf.lite.Optimize.DEFAULT] if optimise else []
    with contextlib.redirect_stdout(io.StringIO()):
        return converter.convert()


def int8_tensors(file):
    graph = fb.ModelT.InitFromObj(fb.Model.GetRootAs(file, 0)).subgraphs[0]
    return sum(t.type == fb.TensorType.INT8 for t in graph.tensors)


dense = keras.layers.Dense
seen = {}
for name, layers in (("1 x 16, 16 x 16, 16 x 1", [keras.Input((1,)), dense(16, "relu"), dense(16, "relu"), dense(1)]),
                     ("31 x 32", [keras.Input((31,)), dense(32)]), ("32 x 32", [keras.Input((32,)), dense(32)])):
    network = keras.Sequential(layers)
    plain, optimised = convert(network, False), convert(network, True)
    print(f"{name}: {len(plain)} bytes, optimised {len(optimised)}, int8 tensors {int8_tensors(optimised)}")
    seen[name] = [len(optimised) < len(plain), int8_tensors(optimised)]
expected = {"1 x 16, 16 x 16, 16 x 1": [False, 0], "31 x 32": [False, 0], "32 x 32": [True, 1]}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
