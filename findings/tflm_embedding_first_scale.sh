#!/usr/bin/env bash
# tflite-micro's EMBEDDING_LOOKUP uses the first row's scale for all rows of an int8 table, with no message.
# Version: tflite-micro 0.dev20261023182759. LiteRT (ai-edge-litert) 2.3.0 gives each row its own.
# Why it matters: converters give tables of integers a scale for each row; the file loads and runs on the device, and rows are
# off by the ratio of scales.
# What to do: keep to one scale for the table.

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
table = np.full((3, 2), 4, np.int8)
file = model(fb.BuiltinOperator.EMBEDDING_LOOKUP, 3,
             [([3], fb.TensorType.INT32, None, 0, None), ([3, 2], fb.TensorType.INT8, [1.0, 2.0, 0.25], 0, table),
              ([3, 2], fb.TensorType.FLOAT32, None, 0, None)], [0], 2)
x = np.int32([0, 1, 2])
seen = {"LiteRT": litert(file, x, OpResolverType.BUILTIN_REF).tolist(), "tflite-micro": micro(file, x).tolist()}
print("int8 4 in each place, scales of the rows 1, 2 and 0.25:", seen)
expected = {"LiteRT": [[4, 4], [8, 8], [1, 1]], "tflite-micro": [[4, 4], [4, 4], [4, 4]]}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
