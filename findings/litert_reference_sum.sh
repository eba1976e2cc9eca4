#!/usr/bin/env bash
# LiteRT's reference kernel of the int8 SUM is wrong for negative values and does not clamp a large sum.
# Versions: LiteRT (ai-edge-litert) 2.3.0; tflite-micro 0.dev20261023182759, which is right.
# Inputs -10, -20, -30, -40 at half the output's scale give -1 instead of -50.
# 4, -10, 14, 20 give -114 instead of 14. A sum of 250 gives -6 instead of 127. All runs agree.
# LiteRT's built-in kernel is right as well.
# Why it matters: many take the reference kernels for the truth when they test a device's kernel.
# What to do: judge SUM by tflite-micro, by the built-in kernels, or by the numbers.

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
int8 = fb.TensorType.INT8
reducer = fb.ReducerOptionsT()

def answers(row, out_scale):
    file = model(fb.BuiltinOperator.SUM, 2,
                 [([1, 4], int8, [0.05], 0, None), ([1], fb.TensorType.INT32, None, 0, np.ones(1, np.int32)),
                  ([1], int8, [out_scale], 0, None)], [0], 2, (fb.BuiltinOptions.ReducerOptions, reducer))
    x = np.int8([row])
    right = int(np.clip(round(sum(row) * 0.05 / out_scale), -128, 127))
    return {"right": right, "reference": litert(file, x, OpResolverType.BUILTIN_REF).item(),
            "built in": litert(file, x, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES).item(),
            "tflite-micro": micro(file, x).item()}

seen = [answers(row, scale) for row, scale in (([10, 20, 30, 40], 0.1), ([-10, -20, -30, -40], 0.1),
                                               ([4, -10, 14, 20], 0.1), ([10, 20, 30, 40], 0.02))]
for row in seen:
    print(row)
expected = [{"right": right, "reference": reference, "built in": right, "tflite-micro": right}
            for right, reference in ((50, 50), (-50, -1), (14, -114), (127, -6))]

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
