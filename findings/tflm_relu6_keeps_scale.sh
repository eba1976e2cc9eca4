#!/usr/bin/env bash
# tflite-micro's int8 RELU6 takes no notice of the output's scale and zero point: it only clamps.
# Version: tflite-micro 0.dev20261023182759. LiteRT (ai-edge-litert) 2.3.0 scales anew.
# TensorFlow 2.21's converter writes such a RELU6 where ReLU(6.) is a Keras model's first layer.
# Inputs of 0 to 6 in steps of 0.1 should become -128 to 127. They become 0 to 60, with no message.
# Why it matters: the file is right on the desktop and wrong on the device.
# What to do: let a layer in front fuse it, or use RELU: an output scale of 6/255 clamps at 6 as well.

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
