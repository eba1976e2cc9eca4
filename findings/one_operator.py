"""Files of one operator and who runs them: what the scripts about LiteRT's and tflite-micro's kernels share."""

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as fb
from ai_edge_litert.interpreter import Interpreter


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
    from tflite_micro.python.tflite_micro import runtime  # not every script installs it

    i = runtime.Interpreter.from_bytes(file)
    i.set_input(x, 0)
    i.invoke()
    return i.get_output(0)
