#!/usr/bin/env bash
# LiteRT's own kernels answer 0 for int4 weights in blocks, and XNNPACK keeps 8 of the 11 bits of their scales.
# Version: LiteRT (ai-edge-litert) 2.3.0, FULLY_CONNECTED of floats with BlockwiseQuantization, as litert-quantizer writes.
# A block of 32 weights of 1 with the float16 scale 1.001953125 (1 + 1/512) on inputs that add up to -1: XNNPACK, the
# default, answers -1, since it keeps scales as bfloat16. A scale with 8 bits, 1.0078125, comes out whole. The reference
# kernels and the built-in ones without XNNPACK take the file and answer 0.
# Why it matters: up to 0.4 % of each block's sum is lost without a word, and a test against the reference compares with 0.
# What to do: compare with the dequantised weights; round the scales to 8 bits before choosing the weights.

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

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as fb
from ai_edge_litert.interpreter import OpResolverType
from one_operator import litert, model

print("ai-edge-litert", version("ai-edge-litert"))
f32, f16, int4 = fb.TensorType.FLOAT32, fb.TensorType.FLOAT16, fb.TensorType.INT4

def in_blocks(scale):
    """One output of 32 inputs by weights of 1, two in a byte."""
    file = model(fb.BuiltinOperator.FULLY_CONNECTED, 9,
                 [([1, 32], f32, None, 0, None), ([1, 32], int4, None, 0, np.full(16, 0x11, np.uint8)),
                  ([1, 1], f32, None, 0, None)], [0], 2,
                 (fb.BuiltinOptions.FullyConnectedOptions, fb.FullyConnectedOptionsT()))
    m = fb.ModelT.InitFromPackedBuf(bytearray(file), 0)
    graph, scales, buffer = m.subgraphs[0], fb.TensorT(), fb.BufferT()
    buffer.data = np.frombuffer(np.float16(scale).tobytes(), np.uint8)
    scales.shape, scales.type, scales.buffer = [1, 1], f16, len(m.buffers)
    m.buffers.append(buffer)
    graph.tensors.append(scales)
    blocks = fb.BlockwiseQuantizationT()
    blocks.scales, blocks.zeroPoints, blocks.blockSize = len(graph.tensors) - 1, -1, 32
    graph.tensors[1].quantization = q = fb.QuantizationParametersT()
    q.detailsType, q.details = fb.QuantizationDetails.BlockwiseQuantization, blocks
    out = flatbuffers.Builder()
    out.Finish(m.Pack(out), b"TFL3")
    return bytes(out.Output())

x = np.zeros((1, 32), np.float32)
x[0, :2] = -128, 127  # so that the steps of the inputs are whole numbers
resolvers = {"reference": OpResolverType.BUILTIN_REF, "built in": OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
             "XNNPACK": OpResolverType.AUTO}
seen = {scale: {name: litert(in_blocks(scale), x, r).item() for name, r in resolvers.items()}
        for scale in (1 + 1 / 512, 1 + 1 / 128)}
for scale, row in seen.items():
    print(f"inputs -128 and 127, weights 1 * {scale}: right {-scale}, seen {row}")
expected = {1 + 1 / 512: {"reference": 0, "built in": 0, "XNNPACK": -1},
            1 + 1 / 128: {"reference": 0, "built in": 0, "XNNPACK": -1.0078125}}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
