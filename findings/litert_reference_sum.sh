#!/usr/bin/env bash
# LiteRT's reference kernel of the int8 SUM is wrong for negative values and does not clamp a large sum.
# Versions: LiteRT (ai-edge-litert) 2.3.0; tflite-micro 0.dev20261023182759, which is right.
# Inputs -10, -20, -30, -40 at half the output's scale give -1 instead of -50.
# 4, -10, 14, 20 give -114 instead of 14. A sum of 250 gives -6 instead of 127. All runs agree.
# LiteRT's built-in kernel is right as well.
# Why it matters: many take the reference kernels for the truth when they test a device's kernel.
# What to do: judge SUM by tflite-micro, by the built-in kernels, or by the numbers.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile ai-edge-litert==2.3.0 flatbuffers==25.12.19 \
  numpy==2.4.6 tflite-micro==0.dev20261023182759
env/bin/python - <<'END'
import sys
from importlib.metadata import version

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as fb
from ai_edge_litert.interpreter import Interpreter, OpResolverType
from tflite_micro.python.tflite_micro import runtime


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


def micro(file, x):
    i = runtime.Interpreter.from_bytes(file)
    i.set_input(x, 0)
    i.invoke()
    return i.get_output(0)


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
