#!/usr/bin/env bash
# tflite-micro's DEQUANTIZE uses the first scale for all channels, with no message.
# Version: tflite-micro 0.dev20261023182759. LiteRT (ai-edge-litert) 2.3.0 gives each channel its own.
# Weight-only files have it: ai-edge-quantizer 0.10.0's recipe weight_only_wi8_afp32 puts such an
# operator behind the weights.
# Why it matters: the file loads and runs on the device, and channels are off by the ratio of scales.
# What to do: keep to one scale for the tensor in weight-only files, or quantise activations too.

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
file = model(fb.BuiltinOperator.DEQUANTIZE, 2, [([3, 2], fb.TensorType.INT8, [1.0, 2.0, 0.25], 0, None),
                                                ([3, 2], fb.TensorType.FLOAT32, None, 0, None)], [0], 1,
             (fb.BuiltinOptions.DequantizeOptions, fb.DequantizeOptionsT()))
x = np.full((3, 2), 4, np.int8)
seen = {"LiteRT": litert(file, x, OpResolverType.BUILTIN_REF).tolist(), "tflite-micro": micro(file, x).tolist()}
print("int8 4 in each place, scales of the rows 1, 2 and 0.25:", seen)
expected = {"LiteRT": [[4, 4], [8, 8], [1, 1]], "tflite-micro": [[4, 4], [4, 4], [4, 4]]}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
