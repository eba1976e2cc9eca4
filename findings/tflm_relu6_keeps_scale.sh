#!/usr/bin/env bash
# tflite-micro's int8 RELU6 takes no notice of the output's scale and zero point: it only clamps.
# Version: tflite-micro 0.dev20261023182759. LiteRT (ai-edge-litert) 2.3.0 scales anew.
# TensorFlow 2.21's converter writes such a RELU6 where ReLU(6.) is a Keras model's first layer.
# Inputs of 0 to 6 in steps of 0.1 should become -128 to 127. They become 0 to 60, with no message.
# Why it matters: the file is right on the desktop and wrong on the device.
# What to do: let a layer in front fuse it, or use RELU: an output scale of 6/255 clamps at 6 as well.

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
x = np.int8([[-20, 0, 15, 25, 60, 80]])
seen = {}
for name in "RELU6", "RELU":
    file = model(getattr(fb.BuiltinOperator, name), 2, [([1, 6], fb.TensorType.INT8, [0.1], 0, None),
                                                        ([1, 6], fb.TensorType.INT8, [6 / 255], -128, None)], [0], 1)
    seen["LiteRT " + name] = litert(file, x, OpResolverType.BUILTIN_REF).ravel().tolist()
    seen["tflite-micro " + name] = micro(file, x).ravel().tolist()
print("real inputs", [round(0.1 * v, 1) for v in x.ravel().tolist()])
for name, a in seen.items():
    print(f"{name:18} int8 {a}, that is {[round((v + 128) * 6 / 255, 1) for v in a]}")
right = [-128, -128, -64, -22, 127, 127]
expected = {"LiteRT RELU6": right, "tflite-micro RELU6": [0, 0, 15, 25, 60, 60], "LiteRT RELU": right,
            "tflite-micro RELU": right}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
