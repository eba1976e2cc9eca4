"""Layers whose sums stand at both sides of rounding steps of the output, where the last bits of a multiplier show. All
weights are zero, so a sum is its bias."""

import numpy as np
from cases_types import INT2, INT4, INT8, INT16, INT16_INT2, INT16_INT4, RANGES, UINT8

OUTPUTS = 96
VALID, NONE = 1, 0


def _scales(r):
    """Of input, weights and output: sums of some 10 million make a step. Of many, those whose product is farthest from
    its float32."""
    draws = [[np.float32(np.exp(r.uniform(np.log(low), np.log(high)))) for low, high in
              ((0.002, 0.2), (0.001, 0.05), (20, 200))] for _ in range(50)]
    return max(draws, key=lambda s: abs(float(s[0] * s[1]) / (float(s[0]) * float(s[1])) - 1))


def _biases(r, x_scale, w_scale, y_scale, least, most):
    """Around the sums that make half steps, by the product of scales in float32 and in float64."""
    biases = []
    while len(biases) < OUTPUTS:
        half = int(r.integers(least, most)) + 0.5
        for product in (float(x_scale) * float(w_scale), float(np.float32(x_scale * w_scale))):
            biases += [np.floor(half * float(y_scale) / product) + d for d in (-1, 0, 1, 2)]
    return np.clip(biases[:OUTPUTS], -2**30, 2**30)


def layer(operator, types, per_channel=False):
    """One `operator` with activations, weights and bias of these types, and one scale, at most repeated for all channels."""
    x_type, w_type, bias_type = types

    def make(m, r):
        x_scale, w_scale, y_scale = _scales(r)
        zero = 128 if w_type == "uint8" else 0
        low, high = RANGES[x_type]
        middle = 0 if x_type == "int16" else (low + high) // 2
        x_shape, w_shape, y_shape, axis = {
            "conv": ([1, 1, 1, 2], [OUTPUTS, 1, 1, 2], [1, 1, 1, OUTPUTS], 0),
            "depthwise": ([1, 1, 1, OUTPUTS], [1, 1, 1, OUTPUTS], [1, 1, 1, OUTPUTS], 3),
            "transpose": ([1, 1, 1, 2], [OUTPUTS, 1, 1, 2], [1, 1, 1, OUTPUTS], 0),
            "dense": ([1, 2], [OUTPUTS, 2], [1, OUTPUTS], 0),
        }[operator]
        x = m.tensor(x_type, x_shape, scale=x_scale, zero_point=middle)
        m.inputs.append(x)
        weights = m.tensor(w_type, w_shape, np.full(w_shape, zero), np.full(OUTPUTS if per_channel else 1, w_scale), zero,
                           axis)
        biases = _biases(r, x_scale, w_scale, y_scale, low - middle, high - middle).astype(bias_type)
        bias = m.tensor(bias_type, [OUTPUTS], biases, np.float32(x_scale * w_scale), 0)
        y = m.tensor(x_type, y_shape, scale=y_scale, zero_point=middle)
        m.outputs.append(y)
        window = {0: ("int8", VALID), 1: ("int32", 1), 2: ("int32", 1)}
        if operator == "conv":
            m.operator(3, 5, [x, weights, bias], [y], 1, {
                **window, 3: ("int8", NONE), 4: ("int32", 1), 5: ("int32", 1)})
        elif operator == "depthwise":
            m.operator(4, 6, [x, weights, bias], [y], 2, {
                **window, 3: ("int32", 1), 4: ("int8", NONE), 5: ("int32", 1), 6: ("int32", 1)})
        elif operator == "transpose":
            shape = m.tensor("int32", [4], np.array(y_shape, np.int32))
            m.operator(67, 4, [shape, weights, x, bias], [y], 49, {**window, 3: ("int8", NONE)})
        else:
            m.operator(9, 7, [x, weights, bias], [y], 8, {0: ("int8", NONE), 1: ("int8", 0), 2: ("bool", False)})
    return make


def concatenation(m, r):
    """uint8 parts whose scales are not the result's: the numbers from 0 to 255 of each."""
    y_scale, y_zero = np.float32(np.exp(r.uniform(-4, 0))), int(r.integers(0, 256))
    parts = []
    for _ in range(int(r.integers(2, 4))):
        same = r.random() < 0.3
        scale = y_scale if same else np.float32(y_scale * np.exp(r.uniform(-1, 1)))
        parts.append(m.tensor("uint8", [1, 256], scale=scale, zero_point=y_zero if same else int(r.integers(0, 256))))
    m.inputs += parts
    y = m.tensor("uint8", [1, 256 * len(parts)], scale=y_scale, zero_point=y_zero)
    m.outputs.append(y)
    m.operator(2, 1, parts, [y], 10, {0: ("int32", 1), 1: ("int8", NONE)})


# Operator: (its cases' maker, how many, the judge).
OPERATORS = {
    "conv2d_rounding": (layer("conv", INT8), 4),
    "depthwise_conv2d_rounding": (layer("depthwise", INT8), 4),
    "transpose_conv_rounding": (layer("transpose", INT8), 4),
    "conv2d_int16_rounding": (layer("conv", INT16), 4),
    "depthwise_conv2d_int16_rounding": (layer("depthwise", INT16), 4),
    "transpose_conv_int16_rounding": (layer("transpose", INT16), 4),
    "conv2d_int4_rounding": (layer("conv", INT4), 4),
    "conv2d_int16_int4_rounding": (layer("conv", INT16_INT4), 4, "litert-ref"),
    "fully_connected_int4_rounding": (layer("dense", INT4), 4),
    "fully_connected_int4_channels_rounding": (layer("dense", INT4, per_channel=True), 4, "litert-ref"),
    "fully_connected_int2_rounding": (layer("dense", INT2), 4, "litert-ref"),
    "fully_connected_int16_int4_rounding": (layer("dense", INT16_INT4), 4, "litert-ref"),
    "fully_connected_int16_int2_rounding": (layer("dense", INT16_INT2), 4, "litert-ref"),
    "fully_connected_rounding": (layer("dense", INT8), 4),
    "fully_connected_int16_rounding": (layer("dense", INT16), 4),
    "conv2d_uint8_rounding": (layer("conv", UINT8), 4, "litert-ref"),
    "depthwise_conv2d_uint8_rounding": (layer("depthwise", UINT8), 4, "litert-ref"),
    "fully_connected_uint8_rounding": (layer("dense", UINT8), 4, "litert-ref"),
    "transpose_conv_uint8_rounding": (layer("transpose", UINT8), 4, "litert-ref"),
    "concatenation_uint8": (concatenation, 12, "litert-ref"),
}
