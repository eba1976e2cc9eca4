#!/usr/bin/env bash
# LiteRT's QUANTIZE of floats rounds one value in two ways within one tensor, by its place.
# Versions: LiteRT (ai-edge-litert) 2.3.0 on x86-64, tflite-micro 0.dev20261023182759.
# Of eleven times 0.5 its built-in kernels make eight 0s (halves to even), then three 1s (away from 0).
# The default, with XNNPACK, makes eleven 0s of int8, but for int16 it changes in the middle as well.
# The reference kernels and tflite-micro make 1 in each place.
# Why it matters: inputs that lie on halves of a step differ by one between desktop and device.
# What to do: quantise in your own code, halves away from 0 (numpy's round is to even).

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


def answers(kind):
    x = np.full((1, 11), 0.5, np.float32)
    file = model(fb.BuiltinOperator.QUANTIZE, 1, [([1, 11], fb.TensorType.FLOAT32, None, 0, None),
                                                  ([1, 11], kind, [1.0], 0, None)], [0], 1,
                 (fb.BuiltinOptions.QuantizeOptions, fb.QuantizeOptionsT()))
    a = {"default": litert(file, x, OpResolverType.AUTO),
         "built in": litert(file, x, OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES),
         "reference": litert(file, x, OpResolverType.BUILTIN_REF), "tflite-micro": micro(file, x)}
    return {name: "".join(map(str, row.ravel())) for name, row in a.items()}


seen = {"int8": answers(fb.TensorType.INT8), "int16": answers(fb.TensorType.INT16)}
for kind, row in seen.items():
    print(f"eleven times 0.5 to {kind} with scale 1: {row}")
zeros, mixed, ones = "0" * 11, "0" * 8 + "1" * 3, "1" * 11
expected = {"int8": {"default": zeros, "built in": mixed, "reference": ones, "tflite-micro": ones},
            "int16": {"default": mixed, "built in": mixed, "reference": ones, "tflite-micro": ones}}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
