"""Random single-operator cases of the operators that compute element by element, compare or reduce, in every type that a
judge has for them. As in cases.py; OPERATORS at the end goes into its table."""

import numpy as np
from drawing import SCALED, as_drawn, given, integers, like_random_models, one_of, quantization, result, scale, shape, written_axis, zero_point


def broadcast_shapes(r, most=4):
    a = shape(r, 1, most)
    kind = r.random()
    b = a if kind < 0.3 else [1] * len(a) if kind < 0.5 else [d if r.random() < 0.5 else 1 for d in a]
    if r.random() < 0.3:
        b = b[int(r.integers(0, len(b))) :]
    return (a, b) if r.random() < 0.7 else (b, a)


def binary(code, table, dtypes, fused=True, y_scale=None, same_scale=False, options=None, y_dtype=None, positive=False):
    """f(a, b) with broadcasting; y_scale(r, a, b) is the output's scale for inputs of scales a and b."""

    def make(m, r):
        dtype, (a, b) = one_of(r, *dtypes), broadcast_shapes(r)
        qa, qb = quantization(r, dtype), quantization(r, dtype)
        if same_scale:
            qb = qa
        x, z = given(m, dtype, a, qa), given(m, dtype, b, qb)
        if positive:
            z = m.inputs.pop()
            array = r.integers(1, 100, b).astype(dtype) * one_of(r, -1, 1)
            z = m.tensor(dtype, b, array, **qb)
        qy = {}
        if dtype in SCALED and y_dtype is None:
            qy = qa if same_scale else {"scale": y_scale(r, qa["scale"], qb["scale"]), "zero_point": zero_point(r, dtype)}
        y = result(m, y_dtype or dtype, list(np.broadcast_shapes(a, b)), qy)
        fields = {0: ("int8", int(one_of(r, 0, 0, 1, 2, 3)))} if fused else {}
        m.operator(code, 1, [x, z], [y], table, {**fields, **(options or {})})

    return make


def of_sum(r, a, b):
    return np.float32((a + b) * r.uniform(0.3, 2))


def of_product(steps):
    return lambda r, a, b: np.float32(a * b * r.uniform(0.1, 1.5) * steps)


def reduce(codes, dtypes, same_scale=False, most=4):
    def make(m, r):
        dtype, x_shape = one_of(r, *dtypes), shape(r, 1, most)
        axes = sorted(r.choice(len(x_shape), int(r.integers(1, len(x_shape) + 1)), replace=False).tolist())
        keep = bool(r.integers(0, 2))
        y_shape = [1 if k in axes else d for k, d in enumerate(x_shape) if keep or k not in axes]
        q = quantization(r, dtype)
        x = given(m, dtype, x_shape, q)
        if dtype in SCALED and not same_scale:
            q = {"scale": np.float32(q["scale"] * r.uniform(0.3, 4)), "zero_point": zero_point(r, dtype)}
        y = result(m, dtype, y_shape, q)
        at = integers(m, [written_axis(r, a, len(x_shape)) for a in axes])
        m.operator(one_of(r, *codes), 1, [x, at], [y], 27, {0: ("bool", keep)})

    return make


def arg_max(dtypes, y_dtypes=("int32",)):
    def make(m, r):
        dtype, y_dtype, x_shape = one_of(r, *dtypes), one_of(r, *y_dtypes), shape(r, 1, 4, 6)
        axis = int(r.integers(0, len(x_shape)))
        x = given(m, dtype, x_shape, quantization(r, dtype))
        y = result(m, y_dtype, x_shape[:axis] + x_shape[axis + 1 :])
        code, table = one_of(r, (56, 40), (79, 57))
        at = integers(m, written_axis(r, axis, len(x_shape)), [])
        m.operator(code, 1, [x, at], [y], table, {0: ("int8", {"int32": 2, "int64": 4}[y_dtype])})

    return make


def cast(types):
    def make(m, r):
        a, b, x_shape = one_of(r, *types), one_of(r, *types), shape(r)
        codes = {"float32": 0, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "int8": 9}
        # A float beyond an integer's range has no right answer.
        if a == "float32" and b == "uint8":
            return make(m, r)
        m.operator(53, 1, [given(m, a, x_shape)], [result(m, b, x_shape)], 37, {
            0: ("int8", codes[a]), 1: ("int8", codes[b])})

    return make


def log_softmax(m, r):
    x_shape = shape(r, 0, 3) + [int(r.integers(1, 40))]
    x = given(m, "int8", x_shape, {"scale": scale(r, 0.002, 0.8), "zero_point": zero_point(r, "int8")})
    y = result(m, "int8", x_shape, {"scale": np.float32(1 / 16), "zero_point": 127})
    m.operator(50, 1, [x], [y], 36, {})


def of_each_int8(code, table, y_scale, negative=True):
    """Every int8 once, so that the operator's whole table is seen."""

    def make(m, r):
        q = quantization(r, "int8")
        if not negative:  # what lies below zero, tflite-micro refuses
            q["zero_point"] = -128
        y = {"scale": y_scale(r, q["scale"]), "zero_point": zero_point(r, "int8")}
        m.operator(code, 1, [given(m, "int8", [1, 256], q)], [result(m, "int8", [1, 256], y)], table, {})

    return make


COMPARISONS = [(71, 53), (72, 54), (61, 44), (62, 45), (58, 41), (63, 46)]


def comparison(rows, dtypes):
    return lambda m, r: binary(*one_of(r, *rows), dtypes, fused=False, y_dtype="bool")(m, r)


def logical_not(m, r):
    x_shape = shape(r)
    m.operator(87, 1, [given(m, "bool", x_shape)], [result(m, "bool", x_shape)], 63, {})


OWN_SCALES = {1: ("bool", False)}  # not pot_scale_int16

# Operator: (its cases' maker, how many, the judge where it is not tflite-micro).
OPERATORS = {
    "add_int16": (binary(0, 11, ["int16"], y_scale=of_sum, options=OWN_SCALES), 30),
    "add_int32": (binary(0, 11, ["int32"], fused=False), 8),
    "sub_int16": (binary(41, 28, ["int16"], y_scale=of_sum, options=OWN_SCALES), 30),
    "sub_int32": (binary(41, 28, ["int32"]), 8),
    "mul_int16": (binary(18, 21, ["int16"], y_scale=of_product(30000)), 30),
    "mul_int32": (binary(18, 21, ["int32"]), 8),
    "arithmetic_int64": (
        lambda m, r: binary(*one_of(r, (0, 11), (41, 28), (18, 21)), ["int64"], fused=False)(m, r), 9, "litert-ref"),
    "arithmetic_uint8": (
        lambda m, r: binary(*one_of(r, (0, 11), (41, 28)), ["uint8"], y_scale=of_sum)(m, r), 16, "litert-ref"),
    "mul_uint8": (binary(18, 21, ["uint8"], y_scale=of_product(150)), 12, "litert-ref"),
    "div_int8": (binary(42, 29, ["int8"], y_scale=lambda r, a, b: np.float32(a / b * r.uniform(0.01, 0.1)), positive=True), 24),
    "div_int32": (binary(42, 29, ["int32"], positive=True), 8),
    "larger_or_smaller": (
        lambda m, r: binary(one_of(r, 55, 57), 39, ["int16", "int32", "float32"], fused=False, same_scale=True)(m, r), 20),
    "squared_difference": (
        binary(99, 76, ["int8", "int16"], fused=False, y_scale=lambda r, a, b: np.float32(max(a, b) ** 2 * r.uniform(20, 150))), 24),
    "mean_int16": (reduce([40], ["int16"]), 16),
    "sum": (reduce([74], ["int8", "int16"]), 24),
    "reduce_max": (reduce([82], ["int8", "float32"], same_scale=True), 12),
    "reduce_types": (reduce([40, 74, 82, 89], ["int32", "int64"]), 20, "litert-ref"),
    "reduce_uint8": (reduce([82, 89], ["uint8", "int16"], same_scale=True), 8, "litert-ref"),
    "reduce_prod": (reduce([81], ["int32", "int64"], most=2), 6, "litert-ref"),
    "squared_difference_int32": (binary(99, 76, ["int32"], fused=False), 6),
    "arg_max": (arg_max(["float32", "int8"]), 16),
    "arg_max_types": (arg_max(["uint8", "int32", "bool"], ["int32", "int64"]), 12, "litert-ref"),
    "cast": (cast(["float32", "int8", "int16", "int32"]), 16),
    "cast_types": (cast(["float32", "int8", "int16", "int32", "int64", "bool", "uint8"]), 30, "litert-ref"),
    "cast_unsigned": (as_drawn("CAST", "float32", "int8", "uint16", "uint32", "float64"), 20, "litert-ref"),
    "log_softmax": (log_softmax, 20),
    "log_softmax_uint8": (like_random_models("LOG_SOFTMAX", "uint8"), 12, "litert-ref"),
    "abs_int16": (like_random_models("ABS", "int16"), 8),
    "exp_int16": (like_random_models("EXP", "int16"), 8, "litert-ref"),
    "log_int16": (like_random_models("LOG", "int16"), 8, "litert-ref"),
    "gelu_int16": (like_random_models("GELU", "int16"), 8, "litert-ref"),
    "gelu_uint8": (like_random_models("GELU", "uint8"), 6, "litert-ref"),
    "relu_n1_to_1": (like_random_models("RELU_N1_TO_1", "int8", "uint8"), 8, "litert-ref"),
    "cumsum": (like_random_models("CUMSUM", "float32", "int8"), 12),
    "cumsum_types": (like_random_models("CUMSUM", "int32", "int64"), 8, "litert-ref"),
    "unary_integers": (
        lambda m, r: like_random_models(*one_of(r, ("ABS", "int32"), ("NEG", "int32", "int64")))(m, r), 8, "litert-ref"),
    "reduce_all": (like_random_models("REDUCE_ALL", "bool"), 8),
    "reduce_any": (like_random_models("REDUCE_ANY", "bool"), 8, "litert-ref"),
    "abs": (of_each_int8(101, 78, lambda r, s: s if r.random() < 0.3 else np.float32(s * r.uniform(0.3, 2))), 8),
    "rsqrt": (of_each_int8(76, 0, lambda r, s: np.float32(1 / np.sqrt(s) * r.uniform(0.002, 0.01)), False), 12),
    "comparison": (comparison(COMPARISONS, ["float32", "int8", "int32", "int64"]), 40),
    "comparison_types": (comparison(COMPARISONS, ["uint8", "int16"]), 16, "litert-ref"),
    "comparison_bool": (comparison(COMPARISONS[:2], ["bool"]), 4),
    "logical": (comparison([(86, 62), (84, 60)], ["bool"]), 6),
    "logical_not": (logical_not, 2),
    "floor_div": (binary(90, 65, ["float32", "int32"], fused=False, positive=True), 8, "litert-ref"),
    "floor_mod": (binary(95, 72, ["float32", "int32", "int64"], fused=False, positive=True), 12, "litert-ref"),
    "add_n": (like_random_models("ADD_N", "float32", "int8"), 12),
    "add_n_int32": (like_random_models("ADD_N", "int32"), 4, "litert-ref"),
    "pow": (as_drawn("POW", "float32", "int32"), 10, "litert-ref"),
    "atan2": (like_random_models("ATAN2", "float32"), 6, "litert-ref"),
    "bitwise_xor": (
        like_random_models("BITWISE_XOR", "int8", "uint8", "int16", "uint16", "int32", "uint32"), 12, "litert-ref"),
    "right_shift": (
        as_drawn("RIGHT_SHIFT", "int8", "uint8", "int16", "uint16", "int32", "uint32"), 12, "litert-ref"),
    "sqrt_int8": (as_drawn("SQRT", "int8"), 8, "litert-ref"),
    "sign": (like_random_models("SIGN", "float32", "int32"), 6, "litert-ref"),
    "relu_0_to_1": (like_random_models("RELU_0_TO_1", "float32", "int8", "uint8"), 12, "litert-ref"),
    "l2_pool_2d": (like_random_models("L2_POOL_2D", "float32"), 8),
    "local_response_normalization": (like_random_models("LOCAL_RESPONSE_NORMALIZATION", "float32"), 8, "litert"),
    "l2_normalization": (like_random_models("L2_NORMALIZATION", "int8"), 10),
    "l2_normalization_uint8": (like_random_models("L2_NORMALIZATION", "uint8"), 6, "litert-ref"),
    "batch_matmul": (like_random_models("BATCH_MATMUL", "int8", "int16"), 16),
}
