#!/usr/bin/env bash
# tflite-micro's DEQUANTIZE uses the first scale for all channels, with no message.
# Version: tflite-micro 0.dev20261023182759. LiteRT (ai-edge-litert) 2.3.0 gives each channel its own.
# Weight-only files have it: ai-edge-quantizer 0.10.0's recipe weight_only_wi8_afp32 puts such an
# operator behind the weights.
# Why it matters: the file loads and runs on the device, and channels are off by the ratio of scales.
# What to do: keep to one scale for the tensor in weight-only files, or quantise activations too.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile ai-edge-litert==2.3.0 flatbuffers==25.12.19 \
  numpy==2.4.6 tflite-micro==0.dev20261023182759
PYTHONPATH=$here env/bin/python -B - <<'END'
import sys
from importlib.metadata import version

import numpy as np
from ai_edge_litert import schema_py_generated as fb
from ai_edge_litert.interpreter import OpResolverType
from one_operator import litert, micro, model

print("ai-edge-litert", version("ai-edge-litert"))
print("tflite-micro", version("tflite-micro"))
file = model(fb.BuiltinOperator.DEQUANTIZE, 2, [([3, 2], fb.TensorType.INT8, [1.0, 2.0, 0.25], 0, None),
                                                ([3, 2], fb.TensorType.FLOAT32, None, 0, None)], [0], 1,
             (fb.BuiltinOptions.DequantizeOptions, fb.DequantizeOptionsT()))
x = np.full((3, 2), 4, np.int8)
seen = {"LiteRT": litert(file, x, OpResolverType.BUILTIN_REF).tolist(), "tflite-micro": micro(file, x).tolist()}
print("int8 4 in each place, scales of the rows 1, 2 and 0.25:", seen)
expected = {"LiteRT": [[4, 4], [8, 8], [1, 1]], "tflite-micro": [[4, 4], [4, 4], [4, 4]]}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
