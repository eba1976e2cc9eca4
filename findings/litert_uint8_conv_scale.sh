#!/usr/bin/env bash
# LiteRT's reference kernels multiply a uint8 CONV_2D's scales in float32, a FULLY_CONNECTED's in float64.
# Version: LiteRT (ai-edge-litert) 2.3.0.
# So one uint8 layer gives other bytes as a 1x1 convolution than as a dense layer.
# Scales of 0.1, 0.195 and 0.013 make 3/2 in float32 and a little less in float64: odd sums differ by one.
# In int8 the two layers agree here.
# Why it matters: a port with one formula for both misses bytes of old uint8 files in one of them.
# What to do: multiply in float32 for uint8 convolutions only, or convert the model to int8 anew.

set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile ai-edge-litert==2.3.0 flatbuffers==25.12.19 \
  numpy==2.4.6
PYTHONPATH=$here env/bin/python -B - <<'END'
import sys
from importlib.metadata import version

import numpy as np
from ai_edge_litert import schema_py_generated as fb
from ai_edge_litert.interpreter import OpResolverType
from one_operator import litert, model

print("ai-edge-litert", version("ai-edge-litert"))
int32 = fb.TensorType.INT32
conv_options = fb.Conv2DOptionsT()
conv_options.strideW = conv_options.strideH = conv_options.dilationWFactor = conv_options.dilationHFactor = 1

def answers(kind, zero, dense):
    numpy_kind = np.uint8 if kind == fb.TensorType.UINT8 else np.int8
    shape, unit = ([256, 1], [1, 1]) if dense else ([256, 1, 1, 1], [1, 1, 1, 1])
    options = (fb.BuiltinOptions.FullyConnectedOptions, fb.FullyConnectedOptionsT()) if dense else (
        fb.BuiltinOptions.Conv2DOptions, conv_options)
    one = np.array([zero + 1]).astype(numpy_kind)
    file = model(fb.BuiltinOperator.FULLY_CONNECTED if dense else fb.BuiltinOperator.CONV_2D, 4 if dense else 3,
                 [(shape, kind, [0.1], zero, None), (unit, kind, [0.195], zero, one),
                  ([1], int32, [0.0195], 0, np.zeros(1, np.int32)), (shape, kind, [0.013], zero, None)],
                 [0], 3, options)
    x = (np.arange(-128, 128) + zero).astype(numpy_kind).reshape(shape)
    return litert(file, x, OpResolverType.BUILTIN_REF).ravel().astype(int) - zero

a, b, out = np.float32([0.1, 0.195, 0.013])
print(f"ratio in float32 {float(a * b) / float(out):.9f}, in float64 {float(a) * float(b) / float(out):.9f}")
seen = {}
for name, kind, zero in ("uint8", fb.TensorType.UINT8, 128), ("int8", fb.TensorType.INT8, 0):
    dense, conv = answers(kind, zero, True), answers(kind, zero, False)
    print(f"{name}, inputs 1, 3, 5: dense {dense[[129, 131, 133]]}, 1x1 convolution {conv[[129, 131, 133]]}")
    seen[name] = int((dense != conv).sum())
print("answers of 256 that differ:", seen)
expected = {"uint8": 42, "int8": 0}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
