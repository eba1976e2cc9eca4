#!/usr/bin/env bash
# A Keras model that leaves its batch open becomes a .tflite file with integer shape arithmetic inside.
# Versions: TensorFlow 2.21.0, Keras 3.15.1.
# Each Reshape and Flatten brings SHAPE, STRIDED_SLICE and PACK, and a Conv1D keeps EXPAND_DIMS.
# A small int8 network has 14 operators instead of 6 and is half as large again, though its batch is 1.
# Why it matters: the device's runtime must hold these operators and run them each time.
# What to do: keras.Input(shape, batch_size=1), the same layers otherwise.

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
import numpy as np
import tensorflow as tf
from tensorflow.lite.python import schema_py_generated as fb


print("tensorflow-cpu", version("tensorflow-cpu"))
print("keras", version("keras"))
names = {number: name for name, number in vars(fb.BuiltinOperator).items() if isinstance(number, int)}
samples = np.random.default_rng(0).normal(size=(16, 1, 8, 8, 1)).astype(np.float32)


def convert(batch):
    layers = keras.layers
    converter = tf.lite.TFLiteConverter.from_keras_model(keras.Sequential([
        keras.Input((8, 8, 1), batch_size=batch), layers.Conv2D(4, 3, activation="relu"), layers.Reshape((36, 4)),
        layers.Conv1D(4, 3), layers.Flatten(), layers.Dense(4, activation="softmax")]))
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    converter.representative_dataset = lambda: ([s] for s in samples)
    converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
    converter.inference_input_type = converter.inference_output_type = tf.int8
    with contextlib.redirect_stdout(io.StringIO()):
        return converter.convert()


seen = {}
for name, batch in ("batch open", None), ("batch_size=1", 1):
    file = convert(batch)
    m = fb.ModelT.InitFromObj(fb.Model.GetRootAs(file, 0))
    g = m.subgraphs[0]
    seen[name] = [names[m.operatorCodes[o.opcodeIndex].builtinCode] for o in g.operators]
    print(f"{name}: {len(file)} bytes, input {g.tensors[g.inputs[0]].shape}, {len(seen[name])} operators")
    print("  " + " ".join(seen[name]))
shape = ["SHAPE", "STRIDED_SLICE", "PACK", "RESHAPE"]
end = ["FULLY_CONNECTED", "SOFTMAX"]
expected = {"batch open": ["CONV_2D", *shape, "EXPAND_DIMS", "CONV_2D", "RESHAPE", *shape, *end],
            "batch_size=1": ["CONV_2D", "RESHAPE", "CONV_2D", "RESHAPE", *end]}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
