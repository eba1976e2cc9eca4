#!/usr/bin/env bash
# tflite-micro's compress with one table (lut, per_tensor) makes weights with a scale for each channel that tflite-micro
# itself decodes to other numbers, with no message: it takes the number of tables from the scales, not from the header.
# Version: tflite-micro 0.dev20261023182759, its compression package and its interpreter.
# Why it matters: converters give every convolution a scale for each channel; the compressed file loads and runs, its
# second and later channels get other numbers.
# What to do: per_channel, with the axis of the scales; for weights with one scale per_tensor.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile ai-edge-litert==2.3.0 flatbuffers==25.12.19 \
  numpy==2.4.6 tflite-micro==0.dev20261023182759
PYTHONPATH=$here env/bin/python -W ignore -B - <<'END'
import sys
from importlib.metadata import version

import numpy as np
from ai_edge_litert import schema_py_generated as fb
from one_operator import micro, model
from tflite_micro.tensorflow.lite.micro.compression import compress, spec

print("tflite-micro", version("tflite-micro"))
options = fb.Conv2DOptionsT()
options.strideW = options.strideH = 1
weights = np.int8([1, 2] * 4).reshape(4, 1, 1, 2)
file = model(fb.BuiltinOperator.CONV_2D, 3,
             [([1, 1, 1, 2], fb.TensorType.INT8, [1.0], 0, None), ([4, 1, 1, 2], fb.TensorType.INT8, [1.0] * 4, 0, weights),
              ([4], fb.TensorType.INT32, [1.0] * 4, 0, np.zeros(4, np.int32)),
              ([1, 1, 1, 4], fb.TensorType.INT8, [1.0], 0, None)], [0], 3, (fb.BuiltinOptions.Conv2DOptions, options))
x = np.int8([10, 1]).reshape(1, 1, 1, 2)
seen = {"the file": micro(file, x).reshape(-1).tolist()}
for name, mode in {"per_channel": spec.PerChannel(0), "per_tensor": spec.PerTensor()}.items():
    small = bytes(compress(file, [spec.Tensor(0, 1, [spec.LookUpTableCompression(1, mode)])]))
    seen[name] = micro(small, x).reshape(-1).tolist()
print("weights 1 and 2 in each of 4 channels, input 10 and 1:", seen)

right = [12] * 4
if seen["the file"] != right or seen["per_channel"] != right or seen["per_tensor"] == right:
    sys.exit("This has changed.")
print("As described.")
END
