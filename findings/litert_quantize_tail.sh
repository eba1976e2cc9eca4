#!/usr/bin/env bash
# LiteRT's QUANTIZE of floats rounds one value in two ways within one tensor, by its place.
# Versions: LiteRT (ai-edge-litert) 2.3.0 on x86-64, tflite-micro 0.dev20261023182759.
# Of eleven times 0.5 its built-in kernels make eight 0s (halves to even), then three 1s (away from 0).
# The default, with XNNPACK, makes eleven 0s of int8, but for int16 it changes in the middle as well.
# The reference kernels and tflite-micro make 1 in each place.
# Why it matters: inputs that lie on halves of a step differ by one between desktop and device.
# What to do: quantise in your own code, halves away from 0 (numpy's round is to even).

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

def answers(kind):
    x = np.full((1, 11), 0.5, np.float32)
    file = model(fb.BuiltinOperator.QUANTIZE, 1, [([1, 11], fb.TensorType.FLOAT32, None, 0, None),
                                                  ([1, 11], kind, [1.0], 0, None)], [0], 1,
                 (fb.BuiltinOptions.QuantizeOptions, fb.QuantizeOptionsT()))
    a = {"default": litert(file, x, OpResolverType.AUTO),
         "built in": litert(file, x, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES),
         "reference": litert(file, x, OpResolverType.BUILTIN_REF), "tflite-micro": micro(file, x)}
    return {name: "".join(map(str, row.ravel())) for name, row in a.items()}

seen = {"int8": answers(fb.TensorType.INT8), "int16": answers(fb.TensorType.INT16)}
for kind, row in seen.items():
    print(f"eleven times 0.5 to {kind} with scale 1: {row}")
zeros, mixed, ones = "0" * 11, "0" * 8 + "1" * 3, "1" * 11
expected = {"int8": {"default": zeros, "built in": mixed, "reference": ones, "tflite-micro": ones},
            "int16": {"default": mixed, "built in": mixed, "reference": ones, "tflite-micro": ones}}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
