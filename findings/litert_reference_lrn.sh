#!/usr/bin/env bash
# LiteRT's reference kernel of LOCAL_RESPONSE_NORMALIZATION leaves the upper end of each window out.
# Version: LiteRT (ai-edge-litert) 2.3.0; its default kernels have the whole window, as tf.nn.lrn.
# A radius of r takes the channels c - r to c + r; the reference kernel takes c - r to c + r - 1, so that with a radius of 0 it
# normalises by nothing.
# Why it matters: many take the reference kernels for the truth when they test a device's kernel.
# What to do: judge this operator by the default kernels, or by the numbers.

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
options = fb.LocalResponseNormalizationOptionsT()
options.radius, options.bias, options.alpha, options.beta = 1, 1.0, 1.0, 1.0
tensor = ([1, 1, 1, 3], fb.TensorType.FLOAT32, None, 0, None)
file = model(fb.BuiltinOperator.LOCAL_RESPONSE_NORMALIZATION, 1, [tensor] * 2, [0], 1,
             (fb.BuiltinOptions.LocalResponseNormalizationOptions, options))
x = np.float32([[[[1, 2, 3]]]])


def answer(kernels):
    return np.round(litert(file, x, kernels).reshape(-1).astype(float), 4).tolist()


seen = {"reference": answer(OpResolverType.BUILTIN_REF), "default": answer(OpResolverType.AUTO)}
print("1, 2, 3 over 1 and the squares of a channel and its neighbours:", seen)
expected = {"reference": [round(y, 4) for y in (1 / 2, 2 / 6, 3 / 14)],
            "default": [round(y, 4) for y in (1 / 6, 2 / 15, 3 / 14)]}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
