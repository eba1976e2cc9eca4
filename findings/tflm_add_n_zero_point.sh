#!/usr/bin/env bash
# tflite-micro's int8 ADD_N adds the zero point of its inputs once too often.
# Version: tflite-micro 0.dev20261023182759. LiteRT (ai-edge-litert) 2.3.0 has no int8 ADD_N to compare with.
# Three inputs 0.4, 0.8 and 1.2 (scale 0.1, zero point -3) give 2.7 instead of 2.4: their sum and 3 * 0.1. With a zero
# point of 0 the sum is right.
# Why it matters: most activations have a zero point other than 0, and the error is as large as that.
# What to do: write ADD_N as a chain of ADD before a model is quantised.

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
from one_operator import model
from tflite_micro.python.tflite_micro import runtime

print("tflite-micro", version("tflite-micro"))


def real_sum(zero):
    """Of 0.4, 0.8 and 1.2 with that zero point, at a scale of 0.1."""
    tensor = ([1], fb.TensorType.INT8, [0.1], zero, None)
    i = runtime.Interpreter.from_bytes(model(fb.BuiltinOperator.ADD_N, 1, [tensor] * 4, [0, 1, 2], 3,
                                             (fb.BuiltinOptions.AddNOptions, fb.AddNOptionsT())))
    for index, steps in enumerate((4, 8, 12)):
        i.set_input(np.int8([steps + zero]), index)
    i.invoke()
    return round((int(i.get_output(0)[0]) - zero) * 0.1, 1)


seen = {zero: real_sum(zero) for zero in (0, -3, 5)}
print("0.4 + 0.8 + 1.2 by the zero point:", seen)
expected = {0: 2.4, -3: 2.7, 5: 1.9}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
