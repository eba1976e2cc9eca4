#!/usr/bin/env bash
# LiteRT reads the slopes of an int16 PRELU as int8, whatever their type.
# Version: LiteRT (ai-edge-litert) 2.3.0; its reference and its built-in kernels agree.
# A slope of one half as the int8 64 at scale 1/128 halves a negative number. The same slope as the int16 16384 at scale
# 1/32768 is taken for its two bytes, 0 and 64: every other number becomes 0, the rest 1/512 of itself.
# Why it matters: converters that make all tensors int16 write such files; they load, run and answer wrongly.
# What to do: keep the slopes int8, or write PRELU as RELU, NEG, MUL and SUB.

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
int16, int8 = fb.TensorType.INT16, fb.TensorType.INT8
x = np.array([[-1024, -2048, 300, -4096]], np.int16)
seen = {}
for name, kind, scale, half in (("int8", int8, 1 / 128, np.int8(64)), ("int16", int16, 1 / 32768, np.int16(16384))):
    file = model(fb.BuiltinOperator.PRELU, 1, [(x.shape, int16, [1.0], 0, None),
                                               (x.shape, kind, [scale], 0, np.full(x.shape, half)),
                                               (x.shape, int16, [1.0], 0, None)], [0], 2)
    answers = [litert(file, x, kernels).ravel().tolist()
               for kernels in (OpResolverType.BUILTIN_REF, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)]
    print(f"{x.ravel().tolist()} with slopes of 0.5 as {name}: {answers[0]}, built-in kernels {answers[1]}")
    seen[name] = answers
right, wrong = [-512, -1024, 300, -2048], [0, -4, 300, -8]
expected = {"int8": [right, right], "int16": [wrong, wrong]}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
