"""Random single-operator cases in the types other than int8: int16 activations, uint8, int4 weights, float activations
with int8 weights. As in cases.py; its helpers are used when a case is made, since it imports this file."""

import cases
import numpy as np
import tflite_writer
from cases import NONE, RELU, RELU6, RELU_N1_TO_1
from drawing import like_random_models

# x, weights, bias, and the judge who has such kernels.
INT8 = ("int8", "int8", "int32")
INT16 = ("int16", "int8", "int64")
INT16_BIAS32 = ("int16", "int8", "int32")
UINT8 = ("uint8", "uint8", "int32")
INT4 = ("int8", "int4", "int32")
INT2 = ("int8", "int2", "int32")
INT16_INT4 = ("int16", "int4", "int64")
INT16_INT2 = ("int16", "int2", "int64")
HYBRID = ("float32", "int8", "float32")
HYBRID_INT4 = ("float32", "int4", "float32")
HYBRID_INT2 = ("float32", "int2", "float32")
RANGES = {"int4": (-8, 8), "int2": (-2, 2), "int8": (-128, 128), "uint8": (0, 256), "int16": (-32768, 32768)}


def _values(r, dtype, shape):
    if dtype == "float32":
        return r.standard_normal(shape).astype(np.float32)
    # tflite-micro packs int4 without -8, which is no symmetric weight.
    return r.integers(*RANGES[dtype], shape).astype("int8" if dtype in tflite_writer.BITS else dtype)


def _zero_point(r, dtype):
    low, high = RANGES[dtype]
    return 0 if dtype == "int16" else int(r.choice([low, high - 1, r.integers(low, high)]))


def _scale(r, dtype):
    scale = cases._scale(r)
    return np.float32(scale / 256) if dtype == "int16" else scale


def _tensor(m, r, dtype, shape, scale=None, zero_point=None):
    if dtype == "float32":
        return m.tensor(dtype, shape)
    return m.tensor(dtype, shape, scale=scale or _scale(r, dtype),
                    zero_point=_zero_point(r, dtype) if zero_point is None else zero_point)


def _input(m, r, dtype, shape, scale=None, zero_point=None):
    m.inputs.append(_tensor(m, r, dtype, shape, scale, zero_point))
    return m.inputs[-1]


def _output(m, r, dtype, shape, scale=None, zero_point=None):
    m.outputs.append(_tensor(m, r, dtype, shape, scale, zero_point))
    return m.outputs[-1]


def _weights(m, r, types, shape, axis, fan_in, x_scale, per_channel=None, bias_share=0.8):
    """Weights, bias and an output scale at which most results neither clip nor vanish."""
    x_type, type_, bias_type = types
    outputs = shape[axis]
    if per_channel is None:
        per_channel = type_ == "int8" and r.random() < 0.7
    scales = np.array([cases._scale(r, 0.001, 0.05) for _ in range(outputs if per_channel else 1)], np.float32)
    zero_point = int(r.integers(0, 256)) if type_ == "uint8" else 0
    values = _values(r, type_, shape)
    if x_type == "float32" and type_ == "int8":  # LiteRT's vector code has no right answer for -128, which symmetric weights never have
        values = np.maximum(values, -127)
    weights = m.tensor(type_, shape, values, scales, zero_point, axis)
    bias = -1
    if r.random() < bias_share:
        if bias_type == "float32":
            bias = m.tensor("float32", [outputs], _values(r, "float32", outputs))
        else:
            size = 2000000 if x_type == "int16" else 20000
            values = r.integers(-size, size, outputs).astype(bias_type)
            bias = m.tensor(bias_type, [outputs], values, (np.float32(x_scale) * scales).astype(np.float32), 0)
    spread = {"int4": 4.5, "int2": 1.2, "uint8": 100}.get(type_, 74) * (19000 if x_type == "int16" else 100)
    typical = spread * np.sqrt(fan_in) * x_scale * scales.mean()
    steps = 20000 if x_type == "int16" else 60
    return weights, bias, np.float32(typical / steps / r.uniform(0.3, 1.5))


def conv2d(types, **options):
    def make(m, r):
        (h, w), (kh, kw), (sh, sw), (dh, dw), (oh, ow), padding = cases._geometry(r)
        groups = int(r.choice([1, 1, 1, 2])) if types in (INT16, INT4, INT16_INT4) else 1
        batch, channels, outputs = int(r.integers(1, 3)), groups * int(r.integers(1, 6)), groups * int(r.integers(1, 7))
        scale = _scale(r, types[0]) if types[0] != "float32" else 1
        x = _input(m, r, types[0], [batch, h, w, channels], scale)
        # LiteRT refuses a convolution without a bias.
        share = 0.8 if types[0] in ("int8", "int16") and types != INT16_INT4 else 1
        weights, bias, y_scale = _weights(
            m, r, types, [outputs, kh, kw, channels // groups], 0, kh * kw * channels // groups, scale, bias_share=share,
            **options
        )
        y = _output(m, r, types[0], [batch, oh, ow, outputs], y_scale)
        m.operator(3, 5, [x, weights, bias], [y], 1, {
            0: ("int8", padding), 1: ("int32", sw), 2: ("int32", sh), 3: cases._activation(r), 4: ("int32", dw),
            5: ("int32", dh),
        })
    return make


def depthwise_conv2d(types, **options):
    def make(m, r):
        (h, w), (kh, kw), (sh, sw), (dh, dw), (oh, ow), padding = cases._geometry(r)
        batch, channels, multiplier = int(r.integers(1, 3)), int(r.integers(1, 7)), int(r.choice([1, 1, 2, 3]))
        outputs = channels * multiplier
        scale = _scale(r, types[0]) if types[0] != "float32" else 1
        x = _input(m, r, types[0], [batch, h, w, channels], scale)
        weights, bias, y_scale = _weights(m, r, types, [1, kh, kw, outputs], 3, kh * kw, scale, bias_share=1, **options)
        y = _output(m, r, types[0], [batch, oh, ow, outputs], y_scale)
        m.operator(4, 6, [x, weights, bias], [y], 2, {
            0: ("int8", padding), 1: ("int32", sw), 2: ("int32", sh), 3: ("int32", multiplier),
            4: cases._activation(r), 5: ("int32", dw), 6: ("int32", dh),
        })
    return make


def _bias_type(types, field):
    """LiteRT takes a bias of int16 layers for int64 unless the options say otherwise."""
    return {field: ("int8", tflite_writer.TYPES["int32"])} if types == INT16_BIAS32 else {}


def fully_connected(types, **options):
    def make(m, r):
        batch, inputs, outputs = int(r.integers(1, 4)), int(r.integers(1, 70)), int(r.integers(1, 12))
        scale = _scale(r, types[0]) if types[0] != "float32" else 1
        x = _input(m, r, types[0], [batch, inputs], scale)
        weights, bias, y_scale = _weights(m, r, types, [outputs, inputs], 0, inputs, scale, **options)
        y = _output(m, r, types[0], [batch, outputs], y_scale)
        asymmetric = types[0] == "float32" and r.random() < 0.5
        version = 9 if types[0] == "float32" else 7
        m.operator(9, version, [x, weights, bias], [y], 8, {
            0: cases._activation(r), 1: ("int8", 0), 2: ("bool", False), 3: ("bool", asymmetric), **_bias_type(types, 4),
        })
    return make


def fully_connected_blocks(m, r):
    """int4 weights with a scale for each block of inputs."""
    block = int(r.choice([32, 32, 64, 128]))  # LiteRT has kernels for no others
    batch, outputs, inputs = int(r.integers(1, 4)), int(r.integers(1, 12)), block * int(r.integers(1, 5))
    x = _input(m, r, "float32", [batch, inputs])
    scales = r.uniform(0.001, 0.05, (outputs, inputs // block)).astype(np.float16)
    weights = m.in_blocks("int4", _values(r, "int4", (outputs, inputs)), scales)
    bias = m.tensor("float32", [outputs], _values(r, "float32", outputs)) if r.random() < 0.7 else -1
    y = _output(m, r, "float32", [batch, outputs])
    m.operator(9, 9, [x, weights, bias], [y], 8, {0: cases._activation(r), 1: ("int8", 0), 2: ("bool", False)})


def fully_connected_computed(dtype):
    """Both operands are activations; of int8 both have zero points."""
    def make(m, r):
        batch, inputs, outputs = int(r.integers(1, 4)), int(r.integers(1, 70)), int(r.integers(1, 12))
        scales = [_scale(r, dtype) for _ in range(2)]
        x, weights = _input(m, r, dtype, [batch, inputs], scales[0]), _input(m, r, dtype, [outputs, inputs], scales[1])
        steps = 80 if dtype == "int8" else 20000
        y = _output(m, r, dtype, [batch, outputs], np.float32(scales[0] * scales[1] * steps * np.sqrt(inputs)))
        m.operator(9, 4 if dtype == "int8" else 7, [x, weights, -1], [y], 8, {
            0: cases._activation(r), 1: ("int8", 0), 2: ("bool", False)})
    return make


def batch_matmul_hybrid(m, r):
    """Of floats by int8 weights with one scale or one for each column."""
    batch = [int(d) for d in r.integers(1, 4, int(r.integers(0, 2)))]
    rows, depth, columns = (int(d) for d in r.integers(1, 30, 3))
    adj_x, adj_y, asymmetric = (bool(r.random() < 0.4) for _ in range(3))
    x = _input(m, r, "float32", batch + ([depth, rows] if adj_x else [rows, depth]))
    shape = batch + ([columns, depth] if adj_y else [depth, columns])
    scales = np.array([cases._scale(r, 0.001, 0.05) for _ in range(int(r.choice([1, columns])))], np.float32)
    axis = len(shape) - (2 if adj_y else 1) if len(scales) > 1 else 0
    weights = m.tensor("int8", shape, np.maximum(_values(r, "int8", shape), -127), scales, 0, axis)
    y = _output(m, r, "float32", [*batch, rows, columns])
    m.operator(126, 4 if asymmetric else 2, [x, weights], [y], 101, {
        0: ("bool", adj_x), 1: ("bool", adj_y), 2: ("bool", asymmetric)})


def div_int16(m, r):
    a, b = (np.float32(cases._scale(r) / 256) for _ in range(2))
    x = _input(m, r, "int16", [1, 256], a)
    divisors = r.integers(1, 32768, [1, 256]) * r.choice([-1, 1], [1, 256])
    by = m.tensor("int16", [1, 256], divisors, b)
    y = _output(m, r, "int16", [1, 256], np.float32(a / b * np.exp(r.uniform(-9, 0))))
    m.operator(42, 2, [x, by], [y], 29, {0: cases._activation(r)})


def prelu_int16(m, r):
    x_scale = np.float32(cases._scale(r) / 256)
    x = _input(m, r, "int16", [1, 4, 4, 8], x_scale)
    alpha = m.tensor("int8", [1, 1, 8], r.integers(-128, 128, [1, 1, 8]), np.float32(1 / 128), _zero_point(r, "int8"))
    y = _output(m, r, "int16", [1, 4, 4, 8], np.float32(x_scale * r.uniform(0.5, 2)))
    m.operator(54, 1, [x, alpha], [y])


def sqrt_int16(m, r):
    """Of what RELU leaves: LiteRT stops at a negative number."""
    scale = np.float32(cases._scale(r) / 256)
    x = _input(m, r, "int16", [1, 256], scale)
    positive = _tensor(m, r, "int16", [1, 256], scale)
    m.operator(19, 3, [x], [positive])
    y = _output(m, r, "int16", [1, 256], np.float32(np.sqrt(32767 * scale) / 32768 * r.uniform(0.7, 2)))
    m.operator(75, 2, [positive], [y])


def softmax_of_a_mask(m, r):
    """The scale of an input that a mask near the lowest float is part of."""
    shape = [4, int(r.integers(2, 20))]
    x = _input(m, r, "int16", shape, np.float32(10 ** r.uniform(3, 38)))
    y = _output(m, r, "int16", shape, 1 / 32768)
    m.operator(25, 3, [x], [y], 9, {0: ("float32", 1.0)})


def transpose_conv(types):
    def make(m, r):
        h, w, kh, kw = (int(v) for v in r.integers(1, 5, 4))
        sh, sw = (int(v) for v in r.integers(1, 4, 2))
        batch, channels, outputs, padding = (int(v) for v in (*r.integers(1, 5, 3), r.integers(0, 2)))
        oh, ow = (h * sh, w * sw) if padding == cases.SAME else ((h - 1) * sh + kh, (w - 1) * sw + kw)
        if padding == cases.SAME and r.random() < 0.5:  # less than the whole: the same number of windows
            oh, ow = oh - int(r.integers(0, sh)), ow - int(r.integers(0, sw))
        shape = m.tensor("int32", [4], np.array([batch, oh, ow, outputs], np.int32))
        scale = _scale(r, types[0]) if types[0] != "float32" else 1
        # tflite-micro asks the bias for its type without asking whether it is there.
        share = 1 if types[0] == "int16" else 0.7
        weights, bias, y_scale = _weights(
            m, r, types, [outputs, kh, kw, channels], 0, kh * kw * channels / (sh * sw), scale, bias_share=share
        )
        x = _input(m, r, types[0], [batch, h, w, channels], scale)
        y = _output(m, r, types[0], [batch, oh, ow, outputs], y_scale)
        m.operator(67, 3, [shape, weights, x] + ([bias] if bias >= 0 else []), [y], 49, {
            0: ("int8", padding), 1: ("int32", sw), 2: ("int32", sh), **_bias_type(types, 4),
        })
    return make


def pool(code, dtype):
    def make(m, r):
        (h, w), (kh, kw), (sh, sw), _, (oh, ow), padding = cases._geometry(r, dilated=False)
        batch, channels = int(r.integers(1, 3)), int(r.integers(1, 6))
        scale, zero_point = _scale(r, dtype), _zero_point(r, dtype)
        x = _input(m, r, dtype, [batch, h, w, channels], scale, zero_point)
        y = _output(m, r, dtype, [batch, oh, ow, channels], scale, zero_point)
        m.operator(code, 3, [x], [y], 5, {
            0: ("int8", padding), 1: ("int32", sw), 2: ("int32", sh), 3: ("int32", kw), 4: ("int32", kh),
            5: cases._activation(r),
        })
    return make


def unary(code, dtype, out, options_type=0, options=None, low=0.002, high=0.2, version=None):
    """y = f(x) over 256 values; `out` gives the output's scale and zero point from r and the input's."""
    def make(m, r):
        scale, zero_point = cases._scale(r, low, high), _zero_point(r, dtype)
        if dtype == "int16":  # powers of two have a way of their own in LOGISTIC and TANH
            scale = np.float32(scale / 256) if r.random() < 0.7 else np.float32(2.0 ** -int(r.integers(11, 14)))
        x = _input(m, r, dtype, [1, 256], scale, zero_point)
        y = _output(m, r, dtype, [1, 256], *out(r, scale, zero_point))
        m.operator(code, version or (3 if dtype == "int16" else 2), [x], [y], options_type, options(r) if options else None)
    return make


def own_scale(dtype):
    return lambda r, scale, _: (np.float32(scale * r.uniform(0.3, 2)), _zero_point(r, dtype))


def softmax(dtype):
    def make(m, r):
        shape = [int(d) for d in r.integers(1, 5, int(r.integers(0, 4)))] + [int(r.integers(1, 30))]
        x = _input(m, r, dtype, shape, cases._scale(r, 0.002, 0.8) / np.float32(256 if dtype == "int16" else 1))
        y = _output(m, r, dtype, shape, *({"int16": (1 / 32768, 0), "uint8": (1 / 256, 0)}[dtype]))
        m.operator(25, 3, [x], [y], 9, {0: ("float32", float(r.choice([1.0, 1.0, 0.25, 2.5])))})
    return make


def requantize(m, r):
    """Every pair of integer types that tflite-micro has."""
    pairs = [("int8", "int8"), ("int8", "uint8"), ("int8", "int16"), ("int8", "int32"), ("uint8", "int8"),
             ("int16", "int8"), ("int16", "int16"), ("int16", "int32"), ("int32", "int8"), ("int32", "int16")]
    a, b = pairs[int(r.integers(0, len(pairs)))]
    sizes = {"int8": 1, "uint8": 1, "int16": 256, "int32": 8}
    scale = np.float32(cases._scale(r) / sizes[a])
    factor = 1 if a != b and r.random() < 0.3 else r.uniform(0.3, 3)
    points = [0 if t == "int32" else _zero_point(r, t) for t in (a, b)]
    if {a, b} == {"int8", "uint8"} and r.random() < 0.5:  # only a shift of 128
        factor, points[1] = 1, points[0] + (128 if a == "int8" else -128)
    x = m.tensor(a, [1, 64], scale=scale, zero_point=points[0])
    out = scale * sizes[a] / sizes[b] if {a, b} != {"int8", "uint8"} else scale
    y = m.tensor(b, [1, 64], scale=np.float32(out * factor), zero_point=points[1])
    m.inputs.append(x)
    m.outputs.append(y)
    m.operator(114, 2, [x], [y], 89, {})


def quantize_int16(m, r):
    x = m.tensor("float32", [1, 64])
    m.inputs.append(x)
    m.operator(114, 2, [x], [_output(m, r, "int16", [1, 64], cases._scale(r, 0.0001, 0.001))], 89, {})


def dequantize(dtype):
    def make(m, r):
        x = _input(m, r, dtype, [1, 256])
        m.operator(6, 3, [x], [_output(m, r, "float32", [1, 256])], 38, {})
    return make


def quantize_per_channel(m, r):
    shape, dtype = [int(d) for d in r.integers(1, 5, 3)], str(r.choice(["int8", "uint8", "int16"]))
    axis = int(r.integers(0, 3))
    scales = np.array([_scale(r, dtype) for _ in range(shape[axis])], np.float32)
    x = _input(m, r, "float32", shape)
    y = m.tensor(dtype, shape, scale=scales, zero_point=_zero_point(r, dtype), axis=axis)
    m.outputs.append(y)
    m.operator(114, 3, [x], [y], 89, {})


def dequantize_per_channel(m, r):
    shape = [int(d) for d in r.integers(1, 5, 3)]
    axis = int(r.integers(0, 3))
    scales = np.array([cases._scale(r) for _ in range(shape[axis])], np.float32)
    x = m.tensor("int8", shape, scale=scales, zero_point=0, axis=axis)
    m.inputs.append(x)
    m.operator(6, 5, [x], [_output(m, r, "float32", shape)], 38, {})


def weights_dequantized(kind):
    """FULLY_CONNECTED of floats, whose weights and bias are constants behind a DEQUANTIZE."""
    def make(m, r):
        batch, inputs, outputs = int(r.integers(1, 3)), int(r.integers(1, 20)), int(r.integers(1, 6))
        x = _input(m, r, "float32", [batch, inputs])
        floats = []
        for shape in ([outputs, inputs], [outputs]):
            if kind == "float16":
                values = (r.standard_normal(shape) * 10.0 ** r.integers(-6, 3, shape)).astype(np.float16)
                stored = m.tensor("float16", shape, values)
            else:
                scales = np.array([cases._scale(r) for _ in range(outputs)], np.float32)
                stored = m.tensor("int8", shape, _values(r, "int8", shape), scales, 0, 0)
            floats.append(m.tensor("float32", shape))
            m.operator(6, 3 if kind == "float16" else 5, [stored], [floats[-1]], 38, {})
        y = _output(m, r, "float32", [batch, outputs])
        m.operator(9, 1, [x, *floats], [y], 8, {0: cases._activation(r)})
    return make


def _fixed(scale, zero_point):
    return lambda r, *_: (np.float32(scale), zero_point)


def _alpha(r):
    return {0: ("float32", float(r.choice([0.01, 0.1, 0.3, 1.5, -0.2])))}


# Operator: (its cases' maker, how many, the judge).
OPERATORS = {
    "conv2d_int16": (conv2d(INT16), 24),
    "conv2d_int16_bias32": (conv2d(INT16_BIAS32), 10),
    "conv2d_int4": (conv2d(INT4), 10),
    "depthwise_conv2d_int16": (depthwise_conv2d(INT16), 20),
    "depthwise_conv2d_int4": (depthwise_conv2d(INT4), 10),
    "fully_connected_int16": (fully_connected(INT16, per_channel=False), 14),
    "fully_connected_int16_bias32": (fully_connected(INT16_BIAS32), 10, "litert-ref"),
    "fully_connected_int4": (fully_connected(INT4), 10),
    "transpose_conv_int8": (transpose_conv(INT8), 20),
    "transpose_conv_int16": (transpose_conv(INT16), 20),
    "transpose_conv_int16_bias32": (transpose_conv(INT16_BIAS32), 10, "litert-ref"),
    "leaky_relu_int16": (unary(98, "int16", own_scale("int16"), 75, _alpha), 8),
    "relu_int16": (unary(19, "int16", own_scale("int16")), 6),
    "relu6_int16": (unary(21, "int16", lambda r, scale, point: (scale, point), low=0.05, high=0.2), 6),
    "logistic_int16": (unary(14, "int16", _fixed(1 / 32768, 0), low=0.01, high=0.5), 10),
    "tanh_int16": (unary(28, "int16", _fixed(1 / 32768, 0), low=0.01, high=0.5), 10),
    "softmax_int16": (softmax("int16"), 14),
    "average_pool_2d_int16": (pool(1, "int16"), 12),
    "max_pool_2d_int16": (pool(17, "int16"), 10),
    "requantize": (requantize, 40),
    "quantize_int16": (quantize_int16, 4),
    "dequantize_int16": (dequantize("int16"), 4),
    "dequantize_uint8": (dequantize("uint8"), 3),
    # tflite-micro dropped uint8 and never had dynamic-range files.
    "conv2d_uint8": (conv2d(UINT8), 20, "litert-ref"),
    "depthwise_conv2d_uint8": (depthwise_conv2d(UINT8), 20, "litert-ref"),
    "fully_connected_uint8": (fully_connected(UINT8), 14, "litert-ref"),
    "transpose_conv_uint8": (transpose_conv(UINT8), 16, "litert-ref"),
    "average_pool_2d_uint8": (pool(1, "uint8"), 12, "litert-ref"),
    "max_pool_2d_uint8": (pool(17, "uint8"), 10, "litert-ref"),
    "softmax_uint8": (softmax("uint8"), 12, "litert-ref"),
    "relu_uint8": (unary(19, "uint8", own_scale("uint8")), 6, "litert-ref"),
    "relu6_uint8": (unary(21, "uint8", own_scale("uint8")), 6, "litert-ref"),
    "leaky_relu_uint8": (unary(98, "uint8", own_scale("uint8"), 75, _alpha), 8, "litert-ref"),
    "logistic_uint8": (unary(14, "uint8", _fixed(1 / 256, 0), low=0.02, high=0.5), 8, "litert-ref"),
    "tanh_uint8": (unary(28, "uint8", _fixed(1 / 128, 128), low=0.02, high=0.5), 8, "litert-ref"),
    "hard_swish_uint8": (unary(117, "uint8", own_scale("uint8"), version=1), 8, "litert-ref"),
    "conv2d_hybrid": (conv2d(HYBRID), 16, "litert-ref"),
    "depthwise_conv2d_hybrid": (depthwise_conv2d(HYBRID, per_channel=True), 12, "litert-ref"),
    "fully_connected_hybrid": (fully_connected(HYBRID), 16, "litert-ref"),
    "weights_float16": (weights_dequantized("float16"), 6, "litert-ref"),
    "weights_dequantized": (weights_dequantized("int8"), 6, "litert-ref"),
    "dequantize_per_channel": (dequantize_per_channel, 8, "litert-ref"),
    "quantize_per_channel": (quantize_per_channel, 10, "litert-ref"),
    "fully_connected_hybrid_int4": (fully_connected(HYBRID_INT4), 14, "litert-ref"),
    "fully_connected_hybrid_int2": (fully_connected(HYBRID_INT2), 8, "litert-ref"),
    "conv2d_hybrid_int4": (conv2d(HYBRID_INT4), 12, "litert-ref"),
    "transpose_conv_hybrid": (transpose_conv(HYBRID), 10, "litert-ref"),
    "batch_matmul_hybrid": (batch_matmul_hybrid, 10, "litert-ref"),
    "lstm_dynamic": (like_random_models("UNIDIRECTIONAL_SEQUENCE_LSTM", "hybrid"), 16, "litert-ref"),
    "fully_connected_blocks": (fully_connected_blocks, 12, "litert"),  # its reference kernels answer zeros
    "fully_connected_int2": (fully_connected(INT2), 8, "litert-ref"),
    "fully_connected_int16_int4": (fully_connected(INT16_INT4), 8, "litert-ref"),
    "fully_connected_int16_int2": (fully_connected(INT16_INT2), 6, "litert-ref"),
    "conv2d_int16_int4": (conv2d(INT16_INT4), 8, "litert-ref"),
    "fully_connected_computed_int8": (fully_connected_computed("int8"), 10),
    "fully_connected_computed_int16": (fully_connected_computed("int16"), 10, "litert-ref"),
    "div_int16": (div_int16, 8, "litert-ref"),
    "sqrt_int16": (sqrt_int16, 8, "litert-ref"),
    "prelu_int16": (prelu_int16, 6, "litert-ref"),
    "softmax_int16_mask": (softmax_of_a_mask, 16),
}
