"""Convolutions, matrix products and pools; SVDF and simple recurrent layers, which keep state."""

import numpy as np
from random_case import INTEGERS, QUANTIZED, activation, operator, version


def _geometry(c, dilated=True):
    """Size, filter, stride, dilation, output (pairs of height and width) and padding (0 SAME, 1 VALID) that fit."""
    while True:
        size, window, stride = c.r.integers(1, 9, 2), c.r.integers(1, 5, 2), c.r.integers(1, 4, 2)
        dilation = c.r.integers(1, 4, 2) if dilated and c.chance(0.3) else np.ones(2, int)
        padding = c.number(0, 1)
        reach = (window - 1) * dilation + 1
        out = -(-size // stride) if padding == 0 else (size - reach) // stride + 1
        if out.min() >= 1:
            return [[int(v) for v in pair] for pair in (size, window, stride, dilation, out)] + [padding]


# The types of activations and weights, where they differ.
_TYPES = {"int16": ("int16", "int8"), "hybrid": ("float32", "int8"), "hybrid4": ("float32", "int4"),
          "hybrid2": ("float32", "int2"), "int8x4": ("int8", "int4"), "int8x2": ("int8", "int2"),
          "int16x4": ("int16", "int4"), "int16x2": ("int16", "int2"), "blocks4": ("float32", "int4")}


def _version(c, versions):
    x, weights = _TYPES.get(c.type, (c.type, c.type))
    return versions.get("hybrid" if x == "float32" and weights != x else x, versions[""])


class _Weighted:
    """Types, weights and bias of CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED."""

    def __init__(self, c, weights_shape, axis, outputs, fan_in, bias=0.8):
        self.c, self.outputs, self.axis = c, outputs, axis
        self.x_type, weights_type = _TYPES.get(c.type, (c.type, c.type))
        self.x = c.quantization(self.x_type, 0.002, 0.05)
        scales = None
        if weights_type != "float32":
            one = weights_type == "uint8" or c.chance(0.4)
            scales = np.array([c.scale(0.001, 0.05) for _ in range(1 if one else outputs)], np.float32)
        values = c.values(weights_type, weights_shape)
        if weights_type == "float32":
            values /= np.float32(np.sqrt(fan_in))  # so that a clamp does not leave the rounding of large sums alone
        if weights_type == "int8":
            values = np.maximum(values, -127)
        self.weights_shape, self.weights_type, self.scales, self.values = weights_shape, weights_type, scales, values
        self.zero = c.zero_point("uint8") if weights_type == "uint8" else 0
        self.has_bias = c.chance(bias)
        steps = self.x["scale"] * scales.mean() if self.x else 1
        wide = 256 if self.x_type == "int16" else 1
        spread = {"int4": 4.5, "int2": 1.2}.get(weights_type, 74) * 74 * wide * np.sqrt(fan_in)
        self.y = {} if not self.x else {
            "scale": np.float32(spread * steps / (80 * wide) * c.r.uniform(0.7, 3)), "zero_point": c.zero_point(self.x_type)}

    def _weights(self):
        c = self.c
        if c.type == "blocks4":
            blocks = self.weights_shape[1] // c.pick(*(b for b in (32, 64, 128) if self.weights_shape[1] % b == 0))
            return c.in_blocks("int4", self.values, c.r.uniform(0.001, 0.05, (self.outputs, blocks)))
        quantization = {} if self.scales is None else {"scale": self.scales, "zero_point": self.zero, "axis": self.axis}
        return c.constant(self.weights_type, self.values, **quantization)

    def operands(self, x):
        c = self.c
        operands = [x, self._weights()]
        if not self.has_bias:
            return operands + ([-1] if c.chance(0.5) else [])
        if not self.x:
            return [*operands, c.constant("float32", c.values("float32", [self.outputs]))]
        # tflite-micro takes every bias of an int16 DEPTHWISE_CONV_2D or TRANSPOSE_CONV for int64.
        wide = self.x_type == "int16" and (self.weights_type != "int8" or c.name in ("DEPTHWISE_CONV_2D", "TRANSPOSE_CONV") or c.chance(0.7))
        bias_type = "int64" if wide else "int32"
        bias = c.r.integers(-20000, 20001, self.outputs)
        return [*operands, c.constant(bias_type, bias, scale=(self.x["scale"] * self.scales).astype(np.float32))]


@operator("CONV_2D", "float32 int8 int16 uint8 hybrid hybrid4 int8x4 int16x4")
def _conv_2d(c):
    (h, w), (kh, kw), (sh, sw), (dh, dw), (oh, ow), padding = _geometry(c)
    groups = c.pick(1, 1, 1, 2) if c.type != "uint8" else 1
    channels, outputs = groups * c.number(1, 5), groups * c.number(1, 5)
    weighted = _Weighted(c, [outputs, kh, kw, channels // groups], 0, outputs, kh * kw * channels // groups)
    batch = c.number(1, 2)
    x = c.given(weighted.x_type, [batch, h, w, channels], **weighted.x)
    y = c.result(weighted.x_type, [batch, oh, ow, outputs], **weighted.y)
    c.node(weighted.operands(x), [y], _version(c, {"int8": 3, "int16": 4, "hybrid": 2, "": 1}), "Conv2DOptions",
           padding=padding, stride_w=sw, stride_h=sh, dilation_w_factor=dw, dilation_h_factor=dh,
           fused_activation_function=activation(c))


@operator("CONV_3D", "float32")
def _conv_3d(c):
    (h, w), (kh, kw), (sh, sw), (dh, dw), (oh, ow), padding = _geometry(c)
    while True:
        (d, _), (kd, _), (sd, _), (dd, _), (od, _), padding_d = _geometry(c)
        if padding_d == padding:
            break
    channels, outputs, batch = c.number(1, 4), c.number(1, 6), c.number(1, 2)
    x = c.given("float32", [batch, d, h, w, channels])
    weights = c.values("float32", [kd, kh, kw, channels, outputs]) / np.float32(np.sqrt(kd * kh * kw * channels))
    operands = [x, c.constant("float32", weights)]
    bias = c.number(0, 2)
    if bias == 0:
        operands.append(c.constant("float32", c.values("float32", [outputs])))
    elif bias == 1:
        operands.append(-1)
    y = c.result("float32", [batch, od, oh, ow, outputs])
    c.node(operands, [y], 1, "Conv3DOptions", padding=padding, stride_d=sd, stride_h=sh, stride_w=sw,
           dilation_d_factor=dd, dilation_h_factor=dh, dilation_w_factor=dw, fused_activation_function=activation(c))


@operator("DEPTHWISE_CONV_2D", "float32 int8 int16 uint8 hybrid int8x4")
def _depthwise_conv_2d(c):
    (h, w), (kh, kw), (sh, sw), (dh, dw), (oh, ow), padding = _geometry(c)
    channels, multiplier, batch = c.number(1, 6), c.pick(1, 1, 2, 3), c.number(1, 2)
    outputs = channels * multiplier
    # tflite-micro reads the bias of this operator without asking whether it is there.
    weighted = _Weighted(c, [1, kh, kw, outputs], 3, outputs, kh * kw, bias=1)
    x = c.given(weighted.x_type, [batch, h, w, channels], **weighted.x)
    y = c.result(weighted.x_type, [batch, oh, ow, outputs], **weighted.y)
    c.node(weighted.operands(x), [y], _version(c, {"int8": 3, "int16": 5, "hybrid": 4, "": 2}), "DepthwiseConv2DOptions",
           padding=padding, stride_w=sw, stride_h=sh, depth_multiplier=multiplier, dilation_w_factor=dw,
           dilation_h_factor=dh, fused_activation_function=activation(c))


@operator("TRANSPOSE_CONV", "float32 int8 int16 uint8 hybrid")
def _transpose_conv(c):
    (h, w), (kh, kw), (sh, sw) = c.r.integers(1, 6, 2), c.r.integers(1, 5, 2), c.r.integers(1, 4, 2)
    padding = c.number(0, 1)
    out = [int(n * s if padding == 0 else (n - 1) * s + max(k, s)) for n, k, s in ((h, kh, sh), (w, kw, sw))]
    channels, outputs, batch = c.number(1, 4), c.number(1, 4), c.number(1, 2)
    weighted = _Weighted(c, [outputs, int(kh), int(kw), channels], 0, outputs, kh * kw * channels, bias=0.6)
    shape = c.constant("int32", [batch, *out, outputs])
    x = c.given(weighted.x_type, [batch, int(h), int(w), channels], **weighted.x)
    y = c.result(weighted.x_type, [batch, *out, outputs], **weighted.y)
    _, *weights_and_bias = [k for k in weighted.operands(x) if k >= 0]
    c.node([shape, weights_and_bias[0], x, *weights_and_bias[1:]], [y], 3,
           "TransposeConvOptions", padding=padding, stride_w=int(sw), stride_h=int(sh))


@operator("FULLY_CONNECTED", "float32 int8 int16 uint8 hybrid hybrid4 hybrid2 int8x4 int8x2 int16x4 int16x2 blocks4 "
                             "computed8 computed16")
def _fully_connected(c):
    inputs, outputs, front = c.number(1, 70), c.number(1, 12), c.shape(1, 2, 3)
    keep = len(front) > 1 or c.chance(0.3)
    if c.type.startswith("computed"):
        return _computed_weights(c, "int" + c.type[8:], inputs, outputs, front, keep)
    if c.type == "blocks4":  # the reference kernels answer zeros
        inputs, c.judges = c.pick(32, 64, 96, 128, 256), ("litert",)
    weighted = _Weighted(c, [outputs, inputs], 0, outputs, inputs)
    x = c.given(weighted.x_type, [*front, inputs], **weighted.x)
    y = c.result(weighted.x_type, [*front, outputs], **weighted.y)
    c.node(weighted.operands(x), [y], _version(c, {"int8": 4, "int16": 7, "hybrid": 3, "": 1}), "FullyConnectedOptions",
           fused_activation_function=activation(c), keep_num_dims=keep,
           asymmetric_quantize_inputs=weighted.x_type == "float32" and weighted.scales is not None and c.chance(0.5))


def _computed_weights(c, dtype, inputs, outputs, front, keep):
    """The weights are an activation too."""
    a, b = c.quantization(dtype, 0.002, 0.05), c.quantization(dtype, 0.002, 0.05)
    x, weights = c.given(dtype, [*front, inputs], **a), c.given(dtype, [outputs, inputs], **b)
    steps = 74 * (256 if dtype == "int16" else 1)
    scale = np.float32(a["scale"] * b["scale"] * steps * np.sqrt(inputs) * c.r.uniform(0.7, 3))
    y = c.result(dtype, [*front, outputs], scale=scale, zero_point=c.zero_point(dtype))
    c.node([x, weights, -1], [y], 4 if dtype == "int8" else 7, "FullyConnectedOptions",
           fused_activation_function=activation(c), keep_num_dims=keep)


@operator("L2_POOL_2D", "float32")
@operator("AVERAGE_POOL_2D MAX_POOL_2D", "float32 int8 int16 uint8")
def _pool(c):
    (h, w), (kh, kw), (sh, sw), _, (oh, ow), padding = _geometry(c, dilated=False)
    batch, channels, quantization = c.number(1, 2), c.number(1, 5), c.quantization(c.type)
    x = c.given(c.type, [batch, h, w, channels], **quantization)
    y = c.result(c.type, [batch, oh, ow, channels], **quantization)
    c.node([x], [y], version(c.type), "Pool2DOptions", padding=padding, stride_w=sw, stride_h=sh, filter_width=kw,
           filter_height=kh, fused_activation_function=activation(c))


@operator("SVDF", "float32 int8 hybrid")
def _svdf(c):
    batch, inputs, rank, units, memory = c.number(1, 2), c.number(1, 8), c.number(1, 2), c.number(1, 5), c.number(1, 6)
    filters = rank * units
    integer = c.type == "int8"
    float_x = not integer
    weights_type = "float32" if c.type == "float32" else "int8"
    x_scale, f_scale, t_scale = c.scale(0.01, 0.05), c.scale(0.001, 0.02), c.scale(1e-4, 1e-3)
    s_scale, y_scale = c.scale(0.0005, 0.002), c.scale(0.01, 0.05)
    quantization = {} if float_x else {"scale": x_scale, "zero_point": c.zero_point("int8")}
    x = c.given("float32" if float_x else "int8", [batch, inputs], **quantization)
    feature = c.constant(weights_type, c.values(weights_type, [filters, inputs]),
                         **({} if weights_type == "float32" else {"scale": f_scale}))
    time_type = "int16" if integer else weights_type
    time = c.constant(time_type, c.values(time_type, [filters, memory]),
                      **({} if time_type == "float32" else {"scale": t_scale if integer else f_scale}))
    bias = -1
    if c.chance(0.7) or integer:
        bias = (c.constant("int32", c.r.integers(-2000, 2000, units), scale=np.float32(t_scale * s_scale)) if integer
                else c.constant("float32", c.values("float32", [units])))
    state = c.tensor("int16" if integer else "float32", [batch, memory * filters], variable=True,
                     **({"scale": s_scale} if integer else {}))
    out = {"scale": y_scale, "zero_point": c.zero_point("int8")} if integer else {}
    y = c.result("int8" if integer else "float32", [batch, units], **out)
    asymmetric = c.type == "hybrid" and c.chance(0.5)
    c.node([x, feature, time, bias, state], [y], {"int8": 3, "hybrid": 4 if asymmetric else 2}.get(c.type, 1),
           "SVDFOptions", rank=rank, fused_activation_function=c.pick(0, 1), asymmetric_quantize_inputs=asymmetric)


@operator("BATCH_MATMUL", "float32 int8 int16 hybrid")
def _batch_matmul(c):
    rows, depth, columns = c.number(1, 6), c.number(1, 20), c.number(1, 6)
    batch = c.shape(0, 2, 3)
    a = [d if c.chance(0.8) else 1 for d in batch]
    b = [d if k == 1 or c.chance(0.8) else 1 for d, k in zip(batch, a)]
    b = b[c.number(0, len(b)):] if c.chance(0.3) else b
    adj_x, adj_y = c.chance(0.4), c.chance(0.4)
    if c.type == "hybrid":
        # With two leading axes LiteRT's reference kernel takes the scales of other rows.
        return _batch_matmul_hybrid(c, a[-1:], b[-1:], rows, depth, columns, adj_x, adj_y)
    qa, qb = c.quantization(c.type), c.quantization(c.type)
    x = c.given(c.type, a + ([depth, rows] if adj_x else [rows, depth]), **qa)
    z = c.operand(c.type, b + ([columns, depth] if adj_y else [depth, columns]), **qb)
    steps = np.sqrt(depth) * (60 if c.type == "int8" else 15000) * c.r.uniform(0.5, 3)
    out = qa and {"scale": np.float32(qa["scale"] * qb["scale"] * steps), "zero_point": c.zero_point(c.type)}
    y = c.result(c.type, [*np.broadcast_shapes(a, b), rows, columns], **out)
    c.node([x, z], [y], version(c.type), "BatchMatMulOptions", adj_x=adj_x, adj_y=adj_y)
    return None


def _batch_matmul_hybrid(c, a, b, rows, depth, columns, adj_x, adj_y):
    """Of floats by int8 weights with one scale or one for each column."""
    x = c.given("float32", a + ([depth, rows] if adj_x else [rows, depth]))
    shape = b + ([columns, depth] if adj_y else [depth, columns])
    scales = np.array([c.scale(0.001, 0.05) for _ in range(columns if c.chance(0.5) else 1)], np.float32)
    axis = len(shape) - (2 if adj_y else 1) if len(scales) > 1 else 0
    weights = c.constant("int8", np.maximum(c.values("int8", shape), -127), scale=scales, axis=axis)
    y = c.result("float32", [*np.broadcast_shapes(a, b), rows, columns])
    asymmetric = c.chance(0.5)
    c.node([x, weights], [y], 4 if asymmetric else 2, "BatchMatMulOptions", adj_x=adj_x, adj_y=adj_y,
           asymmetric_quantize_inputs=asymmetric)


@operator("UNIDIRECTIONAL_SEQUENCE_RNN", "float32")
def _rnn(c):
    batch, steps, inputs, units = c.number(1, 3), c.number(1, 5), c.number(1, 8), c.number(1, 8)
    time_major = c.chance(0.5)
    x = c.given("float32", [steps, batch, inputs] if time_major else [batch, steps, inputs])
    weights = [c.constant("float32", c.r.uniform(-0.5, 0.5, shape)) for shape in ([units, inputs], [units, units], [units])]
    state = c.tensor("float32", [batch, units], variable=True)
    y = c.result("float32", [steps, batch, units] if time_major else [batch, steps, units])
    c.node([x, *weights, state], [y], 1, "SequenceRNNOptions", time_major=time_major,
           fused_activation_function=c.pick(0, 1, 3, 4), asymmetric_quantize_inputs=False)


@operator("UNIDIRECTIONAL_SEQUENCE_LSTM", "float32 hybrid int8 int16")
def _lstm(c):
    batches, steps, inputs, units = c.number(1, 3), c.number(1, 5), c.number(1, 14), c.number(1, 10)
    time_major, integer = c.chance(0.5), c.type in INTEGERS
    order = lambda n: [steps, batches, n] if time_major else [batches, steps, n]
    fine = 256 if c.type == "int16" else 1
    of_x = {"scale": c.scale(0.005, 0.05) / np.float32(fine), "zero_point": c.zero_point(c.type)} if integer else {}
    of_h = {"scale": c.scale(0.004, 0.008) / np.float32(fine), "zero_point": c.zero_point(c.type)} if integer else {}
    activations = c.type if integer else "float32"
    c.rounding = 0.0 if integer else 1e-6  # gates of sums that cancel
    if c.type == "hybrid" and steps > 1:
        c.rounding = 0.25 * 0.03  # one step of the last output, which a rounding of tanh may move, in a gate
    x = c.given(activations, order(inputs), **of_x)

    def weights(columns):
        if c.type == "float32":
            return c.constant("float32", c.values("float32", [units, columns]) * np.float32(0.3))
        return c.constant("int8", np.maximum(c.values("int8", [units, columns]), -127), scale=c.scale(0.002, 0.03))

    def bias():
        if not integer:
            return c.constant("float32", c.values("float32", [units]))
        stored, most = ("int32", 3000) if c.type == "int8" else ("int64", 700000)
        return c.constant(stored, c.r.integers(-most, most, units), scale=np.float32(1e-4))

    operands = [x, *(weights(inputs) for _ in range(4)), *(weights(units) for _ in range(4)), -1, -1, -1,
                *(bias() for _ in range(4)), -1, -1]
    operands.append(c.tensor(activations, [batches, units], variable=True, **of_h))
    of_cell = {"scale": np.float32(2.0 ** -c.number(8, 14)), "zero_point": 0} if integer else {}
    operands.append(c.tensor("int16" if integer else "float32", [batches, units], variable=True, **of_cell))
    y = c.result(activations, order(units), **of_h)
    asymmetric = c.type == "hybrid" and c.chance(0.5)
    if c.type == "hybrid":
        c.judges = ("litert-ref",)  # tflite-micro takes the weights' bytes for floats
    c.node([*operands, -1, -1, -1, -1], [y], {"hybrid": 3 if asymmetric else 2}.get(c.type, 1),
           "UnidirectionalSequenceLSTMOptions", fused_activation_function=4, time_major=time_major,
           cell_clip=c.pick(0.0, 10.0, 0.7), asymmetric_quantize_inputs=asymmetric)
