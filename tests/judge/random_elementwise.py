"""Operators that work element by element, and softmax and its like."""

import numpy as np
from random_case import INTEGERS, activation, broadcast, operator, own_scale, version


def _binary(c, table, version, result=None, same=False, **options):
    a, b = broadcast(c)
    qa = c.quantization(c.type)
    qb = qa if same else c.quantization(c.type)
    x = c.given(c.type, a, **qa)
    z = c.operand(c.type, b, **qb)
    y = c.result(result or c.type, np.broadcast_shapes(a, b), **(qa if same else c.output(qa, qb) if not result else {}))
    c.node([x, z], [y], version, table, **options)


def _sum_of_scales(c):
    return lambda qa, qb: qa and {
        "scale": np.float32((qa["scale"] + qb["scale"]) * c.r.uniform(0.3, 2)), "zero_point": c.zero_point(c.type)}


def _product_of_scales(c):
    steps = (20, 300) if c.type != "int16" else (5000, 70000)
    return lambda qa, qb: qa and {
        "scale": np.float32(qa["scale"] * qb["scale"] * c.r.uniform(*steps)), "zero_point": c.zero_point(c.type)}


@operator("ADD SUB", "float32 int8 int16 uint8 int32 int64")
def _add(c):
    c.output = _sum_of_scales(c)
    table = {"ADD": "AddOptions", "SUB": "SubOptions"}[c.name]
    integer = c.type in ("int32", "int64")
    more = {"pot_scale_int16": False} if c.type == "int16" else {}
    _binary(c, table, {"int8": 2, "int16": 3 if c.name == "ADD" else 5, "int64": 4}.get(c.type, 1),
            fused_activation_function=0 if integer else activation(c), **more)


@operator("MUL", "float32 int8 int16 uint8 int32 int64")
def _mul(c):
    c.output = _product_of_scales(c)
    _binary(c, "MulOptions", {"int8": 2, "int16": 4, "int64": 6}.get(c.type, 1),
            fused_activation_function=0 if c.type in ("int32", "int64") else activation(c))


@operator("DIV", "float32 int8 uint8 int16 int32")
def _div(c):
    a, b = broadcast(c)
    qa, qb = c.quantization(c.type), c.quantization(c.type)
    if qb:
        low, high = INTEGERS[c.type]
        zero = qb["zero_point"]

    def divisor(dtype, shape):
        values = c.values(dtype, shape)
        if qb:  # not the integer that stands for 0, which the judges do not check
            return np.where(values == zero, high if zero != high else low, values)
        return np.where(np.abs(values) < 0.1, 1, values)

    x, z = c.given(c.type, a, **qa), c.given(c.type, b, divisor, **qb)
    out = qa and {"scale": np.float32(qa["scale"] / qb["scale"] / 20 * c.r.uniform(0.3, 3)),
                  "zero_point": c.zero_point(c.type)}
    y = c.result(c.type, np.broadcast_shapes(a, b), **out)
    c.node([x, z], [y], min(version(c.type), 2), "DivOptions", fused_activation_function=activation(c) if c.type != "int32" else 0)


@operator("SQUARED_DIFFERENCE", "float32 int8 int16 int32")
def _squared_difference(c):
    c.output = _product_of_scales(c)
    _binary(c, "SquaredDifferenceOptions", version(c.type))


@operator("MAXIMUM MINIMUM", "float32 int8 int16 uint8 int32 int64")
def _maximum(c):
    _binary(c, "MaximumMinimumOptions", version(c.type), same=True)


@operator("ADD_N", "float32 int8 int32")
def _add_n(c):
    shape, count, quantization = c.shape(), c.number(2, 6), c.quantization(c.type)
    operands = [c.operand(c.type, shape, 0.15, **quantization) for _ in range(count)]
    out = quantization and {"scale": np.float32(quantization["scale"] * c.r.uniform(0.5, 2) * count),
                            "zero_point": c.zero_point(c.type)}
    c.node(operands, [c.result(c.type, shape, **out)], 1, "AddNOptions")


@operator("POW", "float32 int32")
def _pow(c):
    a, b = broadcast(c)
    integer = c.type == "int32"
    x = c.given(c.type, a, (lambda t, s: c.r.integers(-6, 7, s)) if integer else
                (lambda t, s: np.abs(c.values(t, s)) + np.float32(0.01)))
    z = c.given(c.type, b, (lambda t, s: c.r.integers(0, 11, s)) if integer else None)
    c.node([x, z], [c.result(c.type, np.broadcast_shapes(a, b))], 1, "PowOptions")


@operator("ATAN2", "float32")
def _atan2(c):
    shape = c.shape()  # LiteRT does not broadcast
    operands = [c.given("float32", shape) for _ in range(2)]
    c.node(operands, [c.result("float32", shape)], 1, "ATan2Options")


@operator("BITWISE_XOR RIGHT_SHIFT", "int8 uint8 int16 uint16 int32 uint32")
def _bitwise(c):
    a, b = broadcast(c)
    shift = (lambda t, s: c.r.integers(0 if t[0] == "u" else -2, 40, s)) if c.name == "RIGHT_SHIFT" else None
    operands = [c.given(c.type, a), c.given(c.type, b, shift)]
    table = {"BITWISE_XOR": "BitwiseXorOptions", "RIGHT_SHIFT": "RightShiftOptions"}[c.name]
    c.node(operands, [c.result(c.type, np.broadcast_shapes(a, b))], 1, table)


@operator("LOCAL_RESPONSE_NORMALIZATION", "float32")
def _local_response_normalization(c):
    shape = c.shape(4, 4, 6)
    c.judges = ("litert",)  # its reference kernel leaves out the upper end of the window
    c.node([c.given("float32", shape)], [c.result("float32", shape)], 1, "LocalResponseNormalizationOptions",
           radius=c.number(0, 4), bias=float(c.pick(1.0, 2.0, 0.5)), alpha=float(c.pick(1.0, 0.001, 0.3)),
           beta=float(c.pick(0.5, 0.75, 1.0, 2.0)))


@operator("FLOOR_DIV", "float32 int32")
@operator("FLOOR_MOD", "float32 int32 int64")
def _floor(c):
    a, b = broadcast(c)
    x = c.given(c.type, a)
    z = c.given(c.type, b, lambda t, s: np.where(np.abs(v := c.values(t, s)) < 0.1, 3, v))
    y = c.result(c.type, np.broadcast_shapes(a, b))
    c.node([x, z], [y], 1, {"FLOOR_DIV": "FloorDivOptions", "FLOOR_MOD": "FloorModOptions"}[c.name])


@operator("EQUAL NOT_EQUAL GREATER GREATER_EQUAL LESS LESS_EQUAL", "float32 int8 uint8 int32 int64 bool")
def _compare(c):
    if c.type == "bool" and c.name not in ("EQUAL", "NOT_EQUAL"):
        c.type = "int32"
    table = "".join(word.capitalize() for word in c.name.split("_")) + "Options"
    _binary(c, table, version(c.type), result="bool")


@operator("LOGICAL_AND LOGICAL_OR", "bool")
def _logical(c):
    _binary(c, {"LOGICAL_AND": "LogicalAndOptions", "LOGICAL_OR": "LogicalOrOptions"}[c.name], 1, result="bool")


@operator("LOGICAL_NOT", "bool")
def _logical_not(c):
    shape = c.shape()
    c.node([c.given("bool", shape)], [c.result("bool", shape)], 1, "LogicalNotOptions")


def _unary(c, out=None, values=None, low=0.002, high=0.2, at_version=None, table=None, **options):
    """All 256 values of an 8-bit type at once."""
    shape = [1, 256] if c.type in ("int8", "uint8") and not values else c.shape()
    quantization = c.quantization(c.type, low, high)
    every = None
    if shape == [1, 256]:
        every = lambda t, s: np.arange(INTEGERS[t][0], INTEGERS[t][1] + 1)
    x = c.given(c.type, shape, values or every, **quantization)
    y = c.result(c.type, shape, **((out or own_scale)(c, quantization)))
    c.node([x], [y], at_version or version(c.type), table, **options)


def _same(_, q):
    return q


@operator("RELU_N1_TO_1 RELU_0_TO_1", "float32 int8 uint8")
def _relu_n1_to_1(c):
    _unary(c, at_version=1, low=0.008)


@operator("RELU RELU6", "float32 int8 int16 uint8")
def _relu(c):
    _unary(c, own_scale if c.name == "RELU" else _same, low=0.02)


@operator("LEAKY_RELU", "float32 int8 int16 uint8")
def _leaky_relu(c):
    if c.type == "int16":
        c.judges = ("litert-ref",)  # quotients of scales in floats; tflite-micro's doubles round another step
    _unary(c, at_version=2 if c.type == "int16" else None, table="LeakyReluOptions", alpha=float(c.pick(0.01, 0.1, 0.3, 1.5, -0.2)))


def _fixed(int8, uint8, int16):
    scales = {"int8": int8, "uint8": uint8, "int16": (int16, 0)}
    return lambda c, q: q and dict(zip(("scale", "zero_point"), (np.float32(scales[c.type][0]), scales[c.type][1])))


@operator("LOGISTIC", "float32 int8 int16 uint8")
def _logistic(c):
    low = 1 / 4096 * 256 if c.type == "int16" and c.chance(0.5) else 0.002
    _unary(c, _fixed((1 / 256, -128), (1 / 256, 0), 1 / 32768), low=low, high=max(low, 0.5) * 1.0000001)


@operator("TANH", "float32 int8 int16 uint8")
def _tanh(c):
    _unary(c, _fixed((1 / 128, 0), (1 / 128, 128), 1 / 32768), low=0.002, high=0.5)


@operator("ELU", "float32 int8")
@operator("GELU", "float32 int8 uint8 int16")
@operator("HARD_SWISH", "float32 int8 uint8")
def _smooth(c):
    if c.name == "GELU":
        c.rounding = 4 * 2.0**-24 * 2.5  # 1 + tanh and 1 + erf cancel: four roundings of x / 2, down to an x of -5
        return _unary(c, at_version=min(version(c.type), 2), table="GeluOptions", approximate=c.chance(0.5))
    return _unary(c, at_version=1, table="HardSwishOptions" if c.name == "HARD_SWISH" else None)


@operator("EXP", "float32 int8 int16")
def _exp(c):
    def out(c, q):
        return q and {"scale": np.float32(c.r.uniform(0.005, 0.05) / (256 if c.type == "int16" else 1)),
                      "zero_point": c.zero_point(c.type)}
    _unary(c, out, low=0.002, high=0.05, at_version={"int8": 2, "int16": 2}.get(c.type, 1), table="ExpOptions")


@operator("LOG RSQRT SQRT", "float32 int8 int16")
def _of_positives(c):
    if c.type == "int16":
        x_scale = c.scale(1e-4, 1e-3)
        top = {"LOG": 10, "RSQRT": 1 / np.sqrt(x_scale), "SQRT": np.sqrt(32767 * x_scale)}[c.name]
        shape = c.shape()
        x = c.given("int16", shape, lambda t, s: c.r.integers(1, 32768, s), scale=x_scale, zero_point=0)
        y = c.result("int16", shape, scale=np.float32(top / 32768 * c.r.uniform(0.5, 1.5)), zero_point=0)
        return c.node([x], [y], 2)
    if c.type == "float32":
        return _unary(c, values=lambda t, s: np.abs(c.values(t, s)) + np.float32(0.01))
    q = {"scale": c.scale(), "zero_point": -128}
    shape = [1, 255]
    x = c.given("int8", shape, lambda t, s: np.arange(-127, 128), **q)
    top = {"LOG": 4, "SQRT": np.sqrt(255 * q["scale"]), "RSQRT": 1 / np.sqrt(q["scale"])}[c.name]
    y = c.result("int8", shape, scale=np.float32(top / 200), zero_point=c.zero_point("int8"))
    return c.node([x], [y], 2)


@operator("ABS", "float32 int8 int16 int32")
def _abs(c):
    _unary(c, table="AbsOptions")


@operator("SIGN", "float32 int32")
@operator("NEG", "float32 int32 int64")
@operator("SQUARE SIN COS CEIL FLOOR ROUND", "float32")
def _float_unary(c):
    _unary(c, table={"SQUARE": "SquareOptions", "COS": "CosOptions", "NEG": "NegOptions", "SIGN": "SignOptions"}.get(c.name))


@operator("PRELU", "float32 int8 uint8 int16")
def _prelu(c):
    shape = c.shape(4, 4, 4)
    alpha = ([1] * c.number(2, 3) + shape[-1:]) if c.chance(0.8) else shape
    quantization = c.quantization(c.type)
    x = c.given(c.type, shape, **quantization)
    of = "int8" if c.type == "int16" else c.type
    slopes = c.constant(of, c.values(of, alpha), **c.quantization(of, 0.001, 0.02))
    c.node([x, slopes], [c.result(c.type, shape, **own_scale(c, quantization))], 1)


@operator("SOFTMAX", "float32 int8 int16 uint8 int8_int16")
def _softmax(c):
    x_type, y_type = {"int8_int16": ("int8", "int16")}.get(c.type, (c.type, c.type))
    shape = [*c.shape(1, 3), c.number(1, 30)] if c.chance(0.8) else [c.number(1, 30)]
    x_quantization = c.quantization(x_type, 0.002, 0.8)
    if x_type == "int16" and c.chance(0.2):  # as a mask near the lowest float leaves it
        x_quantization["scale"] = c.scale(1e3, 3e38)
    x = c.given(x_type, shape, **x_quantization)
    fixed = {"int8": (1 / 256, -128), "uint8": (1 / 256, 0), "int16": (1 / 32768, 0),
             "int8_int16": (1 / 65536, -32768)}.get(c.type)
    quantization = {} if not fixed else {"scale": np.float32(fixed[0]), "zero_point": fixed[1]}
    c.node([x], [c.result(y_type, shape, **quantization)], version(x_type), "SoftmaxOptions",
           beta=float(c.pick(1.0, 1.0, 0.25, 2.5)))


@operator("LOG_SOFTMAX", "float32 int8 uint8")
def _log_softmax(c):
    shape = [*c.shape(1, 3), c.number(1, 30)]
    x = c.given(c.type, shape, **c.quantization(c.type, 0.002, 0.3))
    quantization = {} if c.type == "float32" else {"scale": np.float32(16 / 256), "zero_point": INTEGERS[c.type][1]}
    c.node([x], [c.result(c.type, shape, **quantization)], version(c.type), "LogSoftmaxOptions")


@operator("L2_NORMALIZATION", "float32 int8 uint8")
def _l2_normalization(c):
    shape = [*c.shape(1, 3), c.number(1, 30)]
    x = c.given(c.type, shape, **c.quantization(c.type))
    quantization = {"int8": {"scale": 1 / 128, "zero_point": 0}, "uint8": {"scale": 1 / 128, "zero_point": 128}}
    c.node([x], [c.result(c.type, shape, **quantization.get(c.type, {}))], version(c.type), "L2NormOptions")
