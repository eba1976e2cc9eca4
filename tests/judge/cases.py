"""Random single-operator int8 cases. Each function appends one node, with its own inputs and outputs, to a Model and
returns nothing; everything random comes from the generator given, so a seed names a case."""

import cases_arithmetic
import cases_shapes
import numpy as np

SAME, VALID = 0, 1
NONE, RELU, RELU_N1_TO_1, RELU6 = 0, 1, 2, 3


def _int8(r, shape):
    return r.integers(-128, 128, shape, dtype=np.int8)


def _scale(r, low=0.002, high=0.2):
    return np.float32(np.exp(r.uniform(np.log(low), np.log(high))))


def _zero_point(r):
    return int(r.choice([-128, 0, 127, r.integers(-128, 128)]))


def _activation(r):
    return ("int8", int(r.choice([NONE, NONE, RELU, RELU_N1_TO_1, RELU6])))


def _input(m, r, shape, scale=None, zero_point=None):
    index = m.tensor("int8", shape, scale=scale or _scale(r), zero_point=_zero_point(r) if zero_point is None else zero_point)
    m.inputs.append(index)
    return index


def _output(m, shape, scale, zero_point, dtype="int8"):
    index = m.tensor(dtype, shape, scale=scale, zero_point=zero_point)
    m.outputs.append(index)
    return index


def _windows(r, size, padding, filter_size, stride, dilation):
    reach = (filter_size - 1) * dilation + 1
    return -(-size // stride) if padding == SAME else (size - reach) // stride + 1


def _geometry(r, dilated=True):
    """height, width, filter, stride, dilation, padding, output height and width that fit."""
    while True:
        size = r.integers(1, 9, 2)
        filter_size = r.integers(1, 5, 2)
        stride = r.integers(1, 4, 2)
        dilation = r.integers(1, 4, 2) if dilated and r.random() < 0.3 else np.ones(2, int)
        padding = int(r.integers(0, 2))
        output = [_windows(r, *t) for t in zip(size, (padding, padding), filter_size, stride, dilation)]
        if min(output) >= 1:
            return [[int(v) for v in pair] for pair in (size, filter_size, stride, dilation, output)] + [padding]


def _weighted(m, r, x_scale, weights_shape, axis, outputs, fan_in, bias_share=0.8):
    """Weights, bias and an output scale at which most results neither clip nor vanish."""
    per_channel = r.random() < 0.7
    scales = np.array([_scale(r, 0.001, 0.05) for _ in range(outputs if per_channel else 1)], np.float32)
    weights = m.tensor("int8", weights_shape, _int8(r, weights_shape), scales, 0, axis)
    bias = -1
    if r.random() < bias_share:
        values = r.integers(-20000, 20000, outputs, dtype=np.int32)
        bias = m.tensor("int32", [outputs], values, (np.float32(x_scale) * scales).astype(np.float32), 0)
    typical = 74 * 74 * np.sqrt(fan_in) * x_scale * scales.mean()
    return weights, bias, np.float32(typical / r.uniform(20, 80))


def conv2d(m, r):
    (h, w), (kh, kw), (sh, sw), (dh, dw), (oh, ow), padding = _geometry(r)
    batch, groups = int(r.integers(1, 3)), int(r.choice([1, 1, 1, 2]))
    channels, outputs = groups * int(r.integers(1, 6)), groups * int(r.integers(1, 5))
    scale = _scale(r)
    x = _input(m, r, [batch, h, w, channels], scale)
    weights, bias, out_scale = _weighted(
        m, r, scale, [outputs, kh, kw, channels // groups], 0, outputs, kh * kw * channels // groups
    )
    y = _output(m, [batch, oh, ow, outputs], out_scale, _zero_point(r))
    m.operator(3, 3, [x, weights, bias], [y], 1, {
        0: ("int8", padding), 1: ("int32", sw), 2: ("int32", sh), 3: _activation(r), 4: ("int32", dw), 5: ("int32", dh),
    })


def depthwise_conv2d(m, r):
    (h, w), (kh, kw), (sh, sw), (dh, dw), (oh, ow), padding = _geometry(r)
    batch, channels, multiplier = int(r.integers(1, 3)), int(r.integers(1, 7)), int(r.choice([1, 1, 2, 3]))
    scale = _scale(r)
    x = _input(m, r, [batch, h, w, channels], scale)
    outputs = channels * multiplier
    # tflite-micro reads the bias of this operator without asking whether it is there.
    weights, bias, out_scale = _weighted(m, r, scale, [1, kh, kw, outputs], 3, outputs, kh * kw, bias_share=1)
    y = _output(m, [batch, oh, ow, outputs], out_scale, _zero_point(r))
    m.operator(4, 3, [x, weights, bias], [y], 2, {
        0: ("int8", padding), 1: ("int32", sw), 2: ("int32", sh), 3: ("int32", multiplier), 4: _activation(r),
        5: ("int32", dw), 6: ("int32", dh),
    })


def fully_connected(m, r):
    batch, inputs, outputs = int(r.integers(1, 4)), int(r.integers(1, 70)), int(r.integers(1, 12))
    scale = _scale(r)
    x = _input(m, r, [batch, inputs], scale)
    weights, bias, out_scale = _weighted(m, r, scale, [outputs, inputs], 0, outputs, inputs)
    y = _output(m, [batch, outputs], out_scale, _zero_point(r))
    m.operator(9, 4, [x, weights, bias], [y], 8, {0: _activation(r), 1: ("int8", 0), 2: ("bool", False)})


def _broadcast_shapes(r):
    rank = int(r.integers(1, 5))
    shape = [int(d) for d in r.integers(1, 6, rank)]
    other = list(shape)
    kind = r.random()
    if kind < 0.25:
        other = [1] * rank
    elif kind < 0.5:
        other = [1] * (rank - 1) + shape[-1:]
    elif kind < 0.8:
        other = [d if r.random() < 0.5 else 1 for d in shape]
    return (shape, other) if r.random() < 0.7 else (other, shape)


def _binary(m, r, code, options_type, out_scale):
    a, b = _broadcast_shapes(r)
    scale_a, scale_b = _scale(r), _scale(r)
    x = _input(m, r, a, scale_a)
    if r.random() < 0.4:
        z = m.tensor("int8", b, _int8(r, b), scale_b, _zero_point(r))
    else:
        z = _input(m, r, b, scale_b)
    y = _output(m, list(np.broadcast_shapes(a, b)), out_scale(scale_a, scale_b), _zero_point(r))
    m.operator(code, 2, [x, z], [y], options_type, {0: _activation(r)})


def add(m, r):
    _binary(m, r, 0, 11, lambda a, b: np.float32((a + b) * r.uniform(0.3, 2)))


def mul(m, r):
    _binary(m, r, 18, 21, lambda a, b: np.float32(a * b * r.uniform(20, 300)))


def sub(m, r):
    _binary(m, r, 41, 28, lambda a, b: np.float32((a + b) * r.uniform(0.3, 2)))


def _larger_or_smaller(m, r, code):
    a, b = _broadcast_shapes(r)
    scale, zero_point = _scale(r), _zero_point(r)
    x, z = _input(m, r, a, scale, zero_point), _input(m, r, b, scale, zero_point)
    y = _output(m, list(np.broadcast_shapes(a, b)), scale, zero_point)
    m.operator(code, 2, [x, z], [y], 39, {})


def maximum(m, r):
    _larger_or_smaller(m, r, 55)


def minimum(m, r):
    _larger_or_smaller(m, r, 57)


def prelu(m, r):
    shape = [int(d) for d in r.integers(1, 5, 4)]
    alpha_shape = [1] * (3 if r.random() < 0.5 else 2) + [shape[-1]] if r.random() < 0.8 else shape
    scale = _scale(r)
    x = _input(m, r, shape, scale)
    alpha = m.tensor("int8", alpha_shape, _int8(r, alpha_shape), _scale(r, 0.001, 0.02), _zero_point(r))
    y = _output(m, shape, np.float32(scale * r.uniform(0.3, 2)), _zero_point(r))
    m.operator(54, 1, [x, alpha], [y], 0)


def _pool(m, r, code):
    (h, w), (kh, kw), (sh, sw), _, (oh, ow), padding = _geometry(r, dilated=False)
    batch, channels = int(r.integers(1, 3)), int(r.integers(1, 6))
    scale, zero_point = _scale(r), _zero_point(r)
    x = _input(m, r, [batch, h, w, channels], scale, zero_point)
    y = _output(m, [batch, oh, ow, channels], scale, zero_point)
    m.operator(code, 2, [x], [y], 5, {
        0: ("int8", padding), 1: ("int32", sw), 2: ("int32", sh), 3: ("int32", kw), 4: ("int32", kh), 5: _activation(r),
    })


def average_pool_2d(m, r):
    _pool(m, r, 1)


def max_pool_2d(m, r):
    _pool(m, r, 17)


def mean(m, r):
    rank = int(r.integers(1, 5))
    shape = [int(d) for d in r.integers(1, 8, rank)]
    axes = sorted(r.choice(rank, int(r.integers(1, rank + 1)), replace=False).tolist())
    if rank == 4 and r.random() < 0.5:
        axes = [1, 2]
    keep = bool(r.integers(0, 2))
    out_shape = [1 if k in axes else d for k, d in enumerate(shape)] if keep else [
        d for k, d in enumerate(shape) if k not in axes
    ]
    written = [a - rank if r.random() < 0.3 else a for a in axes]
    scale = _scale(r)
    x = _input(m, r, shape, scale)
    same = r.random() < 0.3
    y = _output(m, out_shape, scale if same else np.float32(scale * r.uniform(0.2, 1.5)), _zero_point(r))
    axis = m.tensor("int32", [len(written)], np.array(written, np.int32))
    m.operator(40, 2, [x, axis], [y], 27, {0: ("bool", keep)})


def softmax(m, r):
    rank = int(r.integers(1, 5))
    shape = [int(d) for d in r.integers(1, 5, rank - 1)] + [int(r.integers(1, 30))]
    x = _input(m, r, shape, _scale(r, 0.002, 0.8))
    y = _output(m, shape, np.float32(1 / 256), -128)
    m.operator(25, 2, [x], [y], 9, {0: ("float32", float(r.choice([1.0, 1.0, 0.25, 2.5])))})


def pad(m, r):
    rank = int(r.integers(1, 5))
    shape = [int(d) for d in r.integers(1, 5, rank)]
    padding = r.integers(0, 4, (rank, 2), dtype=np.int32)
    scale, zero_point = _scale(r), _zero_point(r)
    x = _input(m, r, shape, scale, zero_point)
    y = _output(m, [int(d + p.sum()) for d, p in zip(shape, padding)], scale, zero_point)
    amounts = m.tensor("int32", [rank, 2], padding)
    m.operator(34, 2, [x, amounts], [y], 22, {})


def concatenation(m, r):
    rank = int(r.integers(1, 5))
    axis = int(r.integers(0, rank))
    shape = [int(d) for d in r.integers(1, 5, rank)]
    scale, zero_point = _scale(r), _zero_point(r)
    inputs, total = [], 0
    for _ in range(int(r.integers(2, 6))):
        part = list(shape)
        part[axis] = int(r.integers(1, 5))
        total += part[axis]
        inputs.append(_input(m, r, part, scale, zero_point))
    shape[axis] = total
    y = _output(m, shape, scale, zero_point)
    m.operator(2, 2, inputs, [y], 10, {0: ("int32", axis - rank if r.random() < 0.3 else axis), 1: ("int8", 0)})


def reshape(m, r):
    a, b, c = (int(d) for d in r.integers(1, 6, 3))
    scale, zero_point = _scale(r), _zero_point(r)
    x = _input(m, r, [a, b, c], scale, zero_point)
    y = _output(m, [b, a * c], scale, zero_point)
    new_shape = np.array([b, -1], np.int32)
    m.operator(22, 1, [x, m.tensor("int32", [2], new_shape)], [y], 17, {0: new_shape})


def _every_int8(m, r, scale, zero_point):
    """All 256 values once: these operators are functions of one int8."""
    return _input(m, r, [1, 256], scale, zero_point)


def _unary(m, r, code, version, out, options_type=0, options=None, low=0.002, high=0.2):
    scale, zero_point = _scale(r, low, high), _zero_point(r)
    x = _every_int8(m, r, scale, zero_point)
    y = _output(m, [1, 256], *out(scale, zero_point))
    m.operator(code, version, [x], [y], options_type, options)


def _own_scale(r):
    return lambda scale, _: (np.float32(scale * r.uniform(0.3, 2)), _zero_point(r))


def relu(m, r):
    _unary(m, r, 19, 2, _own_scale(r))


def relu6(m, r):
    _unary(m, r, 21, 2, lambda scale, zero_point: (scale, zero_point), low=0.02, high=0.2)


def leaky_relu(m, r):
    alpha = float(r.choice([0.01, 0.1, 0.3, 1.5, -0.2]))
    _unary(m, r, 98, 2, _own_scale(r), 75, {0: ("float32", alpha)})


def logistic(m, r):
    _unary(m, r, 14, 2, lambda *_: (np.float32(1 / 256), -128), high=0.5)


def tanh(m, r):
    _unary(m, r, 28, 2, lambda *_: (np.float32(1 / 128), 0), high=0.5)


def elu(m, r):
    _unary(m, r, 111, 1, _own_scale(r))


def hard_swish(m, r):
    _unary(m, r, 117, 1, lambda scale, _: (np.float32(scale * r.uniform(0.3, 2)), _zero_point(r)))


def quantize(m, r):
    if r.random() < 0.5:
        _unary(m, r, 114, 1, _own_scale(r), 89, {})
        return
    x = m.tensor("float32", [1, 64])
    m.inputs.append(x)
    m.operator(114, 1, [x], [_output(m, [1, 64], _scale(r, 0.01, 0.1), _zero_point(r))], 89, {})


def dequantize(m, r):
    x = _every_int8(m, r, _scale(r), _zero_point(r))
    y = m.tensor("float32", [1, 256])
    m.outputs.append(y)
    m.operator(6, 2, [x], [y], 38, {})


# Operator: (its cases' maker, how many, the judge where it is not tflite-micro).
OPERATORS = {
    "conv2d": (conv2d, 24),
    "depthwise_conv2d": (depthwise_conv2d, 24),
    "fully_connected": (fully_connected, 16),
    "add": (add, 24),
    "mul": (mul, 24),
    "sub": (sub, 16),
    "maximum": (maximum, 8),
    "minimum": (minimum, 8),
    "prelu": (prelu, 12),
    "average_pool_2d": (average_pool_2d, 16),
    "max_pool_2d": (max_pool_2d, 12),
    "mean": (mean, 20),
    "softmax": (softmax, 16),
    "pad": (pad, 10),
    "concatenation": (concatenation, 10),
    "reshape": (reshape, 3),
    "relu": (relu, 8),
    "relu6": (relu6, 6),
    "leaky_relu": (leaky_relu, 10),
    "logistic": (logistic, 10),
    "tanh": (tanh, 10),
    "elu": (elu, 8),
    "hard_swish": (hard_swish, 10),
    "quantize": (quantize, 10),
    "dequantize": (dequantize, 4),
    **cases_shapes.OPERATORS,
    **cases_arithmetic.OPERATORS,
}

import cases_rounding  # noqa: E402 (it uses cases_types)
import cases_signal  # noqa: E402
import cases_types  # noqa: E402 (it uses the helpers above)

OPERATORS.update(cases_types.OPERATORS)
OPERATORS.update(cases_rounding.OPERATORS)
OPERATORS.update(cases_signal.OPERATORS)
