#!/usr/bin/env bash
# tflite-micro divides the scales of a LEAKY_RELU in float64, LiteRT's reference kernel in float32.
# Version: tflite-micro 0.dev20261023182759, LiteRT (ai-edge-litert) 2.3.0.
# With scales of 0.0111 and 0.0148 the quotient is 3/4 in float32 and a little less in float64, so that every fourth
# number above zero is rounded to another step.
# Why it matters: a test that asks a device for the very bytes of LiteRT fails by one step.
# What to do: take one of the two as the judge of int16, or permit one step.

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

print("tflite-micro", version("tflite-micro"), "ai-edge-litert", version("ai-edge-litert"))
options = fb.LeakyReluOptionsT()
options.alpha = 0.5
seen = {}
for name, kind, x in (("int16", fb.TensorType.INT16, np.arange(32768, dtype=np.int16)),
                      ("int8", fb.TensorType.INT8, np.arange(128, dtype=np.int8))):
    shape = [1, 128]
    file = model(fb.BuiltinOperator.LEAKY_RELU, 2, [(shape, kind, [0.0111], 0, None), (shape, kind, [0.0148], 0, None)], [0],
                 1, (fb.BuiltinOptions.LeakyReluOptions, options))
    a = np.concatenate([litert(file, part, OpResolverType.BUILTIN_REF).ravel() for part in x.reshape(-1, *shape)])
    b = np.concatenate([micro(file, part).ravel() for part in x.reshape(-1, *shape)])
    wrong = np.flatnonzero(a != b)
    if wrong.size:
        at = wrong[0]
        print(f"{name}: {x[at]} * 3 / 4: "
              f"LiteRT {a[at]}, tflite-micro {b[at]}")
    seen[name] = int(wrong.size)
print("values that differ:", seen)
expected = {"int16": 8192, "int8": 32}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
