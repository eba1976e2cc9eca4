#!/usr/bin/env bash
# LiteRT's own kernels lose the sign of an int8 weight of -128 where the activations are floats.
# Version: LiteRT (ai-edge-litert) 2.3.0, dynamic-range FULLY_CONNECTED, seen on x86-64 with AVX2.
# 64 inputs of -1 by weights of -1.28 add up to -81.92, in the reference kernels too. XNNPACK gives 81.92.
# The 8-bit specification keeps such weights within -127 and 127, but nothing checks or warns.
# Why it matters: weights quantised by hand to [-128, 127] run, and the reference confirms the wrong sums.
# What to do: clip symmetric weights to [-127, 127].

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile ai-edge-litert==2.3.0 flatbuffers==25.12.19 \
  numpy==2.4.6
env/bin/python - <<'END'
import sys
from importlib.metadata import version

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as fb
from ai_edge_litert.interpreter import Interpreter, OpResolverType


def model(operator, revision, tensors, inputs, output, options=(0, None)):
    """A file of one operator; a tensor is (shape, type, scales, zero point, data), the last three may be None."""
    m, g, code, node = fb.ModelT(), fb.SubGraphT(), fb.OperatorCodeT(), fb.OperatorT()
    m.version, m.buffers, m.subgraphs, m.operatorCodes = 3, [fb.BufferT()], [g], [code]
    code.builtinCode = code.deprecatedBuiltinCode = operator
    code.version = revision
    node.inputs, node.outputs = range(len(tensors) - 1), [len(tensors) - 1]
    node.builtinOptionsType, node.builtinOptions = options
    g.tensors, g.operators, g.inputs, g.outputs = [], [node], inputs, [output]
    for shape, kind, scales, zero, data in tensors:
        t, b = fb.TensorT(), fb.BufferT()
        t.shape, t.type, t.buffer = shape, kind, len(m.buffers)
        if scales is not None:
            t.quantization = q = fb.QuantizationParametersT()
            q.scale, q.zeroPoint = scales, [zero] * len(scales)
        if data is not None:
            b.data = np.frombuffer(data.tobytes(), np.uint8)
        g.tensors.append(t)
        m.buffers.append(b)
    out = flatbuffers.Builder()
    out.Finish(m.Pack(out), b"TFL3")
    return bytes(out.Output())


def litert(file, x, kernels):
    i = Interpreter(model_content=file, experimental_op_resolver_type=kernels)
    i.allocate_tensors()
    i.set_tensor(i.get_input_details()[0]["index"], x)
    i.invoke()
    return i.get_tensor(i.get_output_details()[0]["index"])


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
