#!/usr/bin/env bash
# LiteRT's own kernels lose the sign of an int8 weight of -128 where the activations are floats.
# Version: LiteRT (ai-edge-litert) 2.3.0, dynamic-range FULLY_CONNECTED, seen on x86-64 with AVX2.
# 64 inputs of -1 by weights of -1.28 add up to -81.92, in the reference kernels too. XNNPACK gives 81.92.
# The 8-bit specification keeps such weights within -127 and 127, but nothing checks or warns.
# Why it matters: weights quantised by hand to [-128, 127] run, and the reference confirms the wrong sums.
# What to do: clip symmetric weights to [-127, 127].

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
f32, int8 = fb.TensorType.FLOAT32, fb.TensorType.INT8

def answer(weight, kernels):
    file = model(fb.BuiltinOperator.FULLY_CONNECTED, 3,
                 [([1, 64], f32, None, 0, None), ([1, 64], int8, [0.01], 0, np.full(64, weight, np.int8)),
                  ([1], f32, None, 0, np.zeros(1, np.float32)), ([1, 1], f32, None, 0, None)], [0], 3,
                 (fb.BuiltinOptions.FullyConnectedOptions, fb.FullyConnectedOptionsT()))
    return round(litert(file, np.full((1, 64), -1, np.float32), kernels).item(), 2)

resolvers = {"reference": OpResolverType.BUILTIN_REF, "built in": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
             "XNNPACK": OpResolverType.AUTO}
seen = {weight: {name: answer(weight, r) for name, r in resolvers.items()} for weight in (-127, -128)}
for weight, row in seen.items():
    print(f"64 inputs of -1, weights {weight} * 0.01: right {-64 * weight * 0.01:.2f}, seen {row}")
expected = {-127: {"reference": 81.28, "built in": 81.28, "XNNPACK": 81.28},
            -128: {"reference": -81.92, "built in": -81.92, "XNNPACK": 81.92}}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
