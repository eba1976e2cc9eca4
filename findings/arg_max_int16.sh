#!/usr/bin/env bash
# Neither LiteRT nor tflite-micro takes the ARG_MAX of int16, the activations of a 16x8 model.
# Versions: LiteRT (ai-edge-litert) 2.3.0; tflite-micro 0.dev20261023182759.
# LiteRT refuses when it prepares: "only float32, int types and bool are supported". int8 and int32 it takes.
# tflite-micro takes int8, and refuses int16 and int32 only when it runs, after the arena was allocated.
# Why it matters: a 16x8 network that ends by choosing the largest, such as a map of units, loads in neither.
# What to do: CAST int16 to int32 before it for LiteRT; DEQUANTIZE before it for tflite-micro.

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
types = {"int8": fb.TensorType.INT8, "int16": fb.TensorType.INT16, "int32": fb.TensorType.INT32}
options = fb.ArgMaxOptionsT()
options.outputType = types["int32"]

def said(run):
    try:
        return run().item()
    except RuntimeError as error:
        return str(error).split("Node")[0].strip()

def answers(name):
    scale = None if name == "int32" else [0.05]
    file = model(fb.BuiltinOperator.ARG_MAX, 2,
                 [([1, 4], types[name], scale, 0, None), ([1], types["int32"], None, 0, np.ones(1, np.int32)),
                  ([1], types["int32"], None, 0, None)], [0], 2, (fb.BuiltinOptions.ArgMaxOptions, options))
    x = np.array([[3, 9, 4, 1]], name)
    return {"LiteRT": said(lambda: litert(file, x, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)),
            "reference": said(lambda: litert(file, x, OpResolverType.BUILTIN_REF)),
            "tflite-micro": said(lambda: micro(file, x))}

seen = {name: answers(name) for name in types}
for name, row in seen.items():
    print(name, row)
refused = "Unknown input type: 7, only float32, int types and bool are supported"
fails = "Interpreter invocation failed."
expected = {"int8": {"LiteRT": 1, "reference": 1, "tflite-micro": 1},
            "int16": {"LiteRT": refused, "reference": refused, "tflite-micro": fails},
            "int32": {"LiteRT": 1, "reference": 1, "tflite-micro": fails}}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
