"""Random single-operator cases of the operators that move data, compute shapes, reduce or work element by element, in every
type that a judge has for them. As in cases.py; OPERATORS at the end goes into its table."""

import numpy as np
import random_case
import random_models

TFLM_MOVES = ["float32", "int8", "int16", "int32"]
SCALED = ("int8", "uint8", "int16")


def one_of(r, *choices):
    return choices[int(r.integers(len(choices)))]


def scale(r, low=0.002, high=0.2):
    return np.float32(np.exp(r.uniform(np.log(low), np.log(high))))


def zero_point(r, dtype):
    if dtype == "int16":
        return 0
    least, most = (0, 255) if dtype == "uint8" else (-128, 127)
    return int(one_of(r, least, (least + most + 1) // 2, most, int(r.integers(least, most + 1))))


def quantization(r, dtype):
    return {"scale": scale(r), "zero_point": zero_point(r, dtype)} if dtype in SCALED else {}


def shape(r, least=1, most=4, size=5):
    return [int(d) for d in r.integers(1, size + 1, int(r.integers(least, most + 1)))]


def value(m, dtype, dims, q, to):
    index = m.tensor(dtype, dims, **q)
    to.append(index)
    return index


def given(m, dtype, dims, q=None):
    return value(m, dtype, dims, q or {}, m.inputs)


def result(m, dtype, dims, q=None):
    return value(m, dtype, dims, q or {}, m.outputs)


def integers(m, numbers, dims=None):
    array = np.array(numbers, np.int32)
    return m.tensor("int32", list(array.shape) if dims is None else dims, array)


def written_axis(r, axis, rank):
    return axis - rank if r.random() < 0.3 else axis


def moved(m, r, dtypes, x_shape, y_shape):
    """Input and output of one quantization, for operators that only move elements."""
    dtype = one_of(r, *dtypes)
    q = quantization(r, dtype)
    return given(m, dtype, x_shape, q), result(m, dtype, y_shape, q)


def strided_slice(dtypes, tflm):
    """tflite-micro takes one entry for each axis and neither an ellipsis nor new axes; LiteRT takes all."""

    def make(m, r):
        x_shape = shape(r, 1, 4 if tflm else 5, 7)
        entries = len(x_shape) if tflm else int(r.integers(1, len(x_shape) + 1))
        new, ellipsis = 0, 0
        kinds = ["axis"] * entries
        if not tflm and r.random() < 0.4:
            kinds.insert(int(r.integers(0, len(kinds) + 1)), "new")
        # An ellipsis that stands for no axis at all swallows the next entry in LiteRT; TensorFlow and NumPy say otherwise.
        if not tflm and entries < len(x_shape) and r.random() < 0.7:
            kinds.insert(int(r.integers(0, len(kinds) + 1)), "ellipsis")
        begin, end, strides, masks, index, axis = [], [], [], [0, 0, 0], [], 0
        rest = len(x_shape) - entries
        for i, kind in enumerate(kinds):
            b, e, s = 0, 0, 1
            if kind == "new":
                new |= 1 << i
                index.append(np.newaxis)
            elif kind == "ellipsis":
                ellipsis |= 1 << i
                index.append(Ellipsis)
                axis += rest
            else:
                n = x_shape[axis]
                axis += 1
                s = int(one_of(r, 1, 1, 2, 3, -1, -2))
                b, e = int(r.integers(-n - 1, n + 2)), int(r.integers(-n - 1, n + 2))
                whole = [r.random() < 0.3, r.random() < 0.3]
                if r.random() < 0.2:
                    b, s = int(r.integers(-n, n)), 1
                    e = b + 1
                    masks[2] |= 1 << i
                    index.append(b)
                else:
                    for k in (0, 1):
                        masks[k] |= whole[k] << i
                    index.append(slice(None if whole[0] else b, None if whole[1] else e, s))
            begin.append(b), end.append(e), strides.append(s)
        y = np.zeros(x_shape)[tuple(index)]
        if y.size == 0:
            return make(m, r)
        x_id, y_id = moved(m, r, dtypes, x_shape, list(y.shape))
        m.operator(45, 1, [x_id, integers(m, begin), integers(m, end), integers(m, strides)], [y_id], 32, {
            0: ("int32", masks[0]), 1: ("int32", masks[1]), 2: ("int32", ellipsis), 3: ("int32", new),
            4: ("int32", masks[2]), 5: ("bool", False),
        })

    return make


def transpose(dtypes, most=5):
    def make(m, r):
        x_shape = shape(r, 1, most, 4)
        perm = r.permutation(len(x_shape)).tolist()
        x, y = moved(m, r, dtypes, x_shape, [x_shape[k] for k in perm])
        m.operator(39, 1, [x, integers(m, perm)], [y], 26, {})

    return make


def pack(dtypes):
    def make(m, r):
        dtype, x_shape, count = one_of(r, *dtypes), shape(r, 0 if r.random() < 0.2 else 1, 3), int(r.integers(1, 11))
        axis = int(r.integers(0, len(x_shape) + 1))
        q = quantization(r, dtype)
        inputs = [given(m, dtype, x_shape, q) for _ in range(count)]
        y = result(m, dtype, x_shape[:axis] + [count] + x_shape[axis:], q)
        options = {0: ("int32", count), 1: ("int32", written_axis(r, axis, len(x_shape) + 1))}
        m.operator(83, 1, inputs, [y], 59, options)

    return make


def unpack(dtypes):
    def make(m, r):
        dtype, x_shape = one_of(r, *dtypes), shape(r, 1, 4)
        axis = int(r.integers(0, len(x_shape)))
        q = quantization(r, dtype)
        x = given(m, dtype, x_shape, q)
        parts = [result(m, dtype, x_shape[:axis] + x_shape[axis + 1 :], q) for _ in range(x_shape[axis])]
        options = {0: ("int32", x_shape[axis]), 1: ("int32", written_axis(r, axis, len(x_shape)))}
        m.operator(88, 1, [x], parts, 64, options)

    return make


def split(dtypes):
    def make(m, r):
        dtype, x_shape, count = one_of(r, *dtypes), shape(r), int(r.integers(1, 6))
        axis = int(r.integers(0, len(x_shape)))
        part = list(x_shape)
        x_shape[axis] *= count
        q = quantization(r, dtype)
        x = given(m, dtype, x_shape, q)
        at = integers(m, written_axis(r, axis, len(x_shape)), [])
        m.operator(49, 1, [at, x], [result(m, dtype, part, q) for _ in range(count)], 35, {0: ("int32", count)})

    return make


def split_v(dtypes):
    def make(m, r):
        dtype, part, count = one_of(r, *dtypes), shape(r), int(r.integers(1, 6))
        axis = int(r.integers(0, len(part)))
        lengths = r.integers(1, 5, count).tolist()
        x_shape = list(part)
        x_shape[axis] = sum(lengths)
        q = quantization(r, dtype)
        x = given(m, dtype, x_shape, q)
        parts = [result(m, dtype, part[:axis] + [n] + part[axis + 1 :], q) for n in lengths]
        if r.random() < 0.3:
            lengths[int(r.integers(count))] = -1
        at = integers(m, written_axis(r, axis, len(part)), [])
        m.operator(102, 1, [x, integers(m, lengths), at], parts, 79, {0: ("int32", count)})

    return make


def shape_of(m, r):
    dtype, x_shape = one_of(r, "float32", "int8", "int32"), shape(r)
    x = given(m, dtype, x_shape, quantization(r, dtype))
    m.operator(77, 1, [x], [result(m, "int32", [len(x_shape)])], 55, {0: ("int8", 2)})


def pad(dtypes, most=4):
    def make(m, r):
        x_shape = shape(r, 1, most)
        amounts = r.integers(0, 4, (len(x_shape), 2), dtype=np.int32)
        x, y = moved(m, r, dtypes, x_shape, [int(d + p.sum()) for d, p in zip(x_shape, amounts)])
        m.operator(34, 1, [x, m.tensor("int32", list(amounts.shape), amounts)], [y], 22, {})

    return make


def concatenation(dtypes):
    def make(m, r):
        dtype, y_shape = one_of(r, *dtypes), shape(r)
        axis = int(r.integers(0, len(y_shape)))
        q = quantization(r, dtype)
        inputs, lengths = [], r.integers(1, 4, int(r.integers(2, 11))).tolist()
        for n in lengths:
            inputs.append(given(m, dtype, y_shape[:axis] + [n] + y_shape[axis + 1 :], q))
        y_shape[axis] = sum(lengths)
        options = {0: ("int32", written_axis(r, axis, len(y_shape))), 1: ("int8", 0)}
        # tflite-micro takes as many as ten.
        m.operator(2, 1, inputs, [result(m, dtype, y_shape, q)], 10, options)

    return make


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


def gather(dtypes, position_types=("int32",), batched=True):
    def make(m, r):
        x_shape = shape(r, 1, 4)
        axis = int(r.integers(0, len(x_shape)))
        batch = int(r.integers(0, axis + 1)) if batched and r.random() < 0.4 else 0
        position_shape = x_shape[:batch] + shape(r, 0, 2, 4)
        y_shape = x_shape[:axis] + position_shape[batch:] + x_shape[axis + 1 :]
        x, y = moved(m, r, dtypes, x_shape, y_shape)
        kind = one_of(r, *position_types)
        at = m.tensor(kind, position_shape, r.integers(0, x_shape[axis], position_shape).astype(kind))
        options = {0: ("int32", written_axis(r, axis, len(x_shape))), 1: ("int32", batch)}
        m.operator(36, 1, [x, at], [y], 23, options)

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


def resize(code, table, slots, dtypes):
    def make(m, r):
        batch, channels = int(r.integers(1, 3)), int(r.integers(1, 4))
        before, after = r.integers(1, 8, 2).tolist(), r.integers(1, 14, 2).tolist()
        x, y = moved(m, r, dtypes, [batch, *before, channels], [batch, *after, channels])
        corners, centers = one_of(r, (False, False), (True, False), (False, True))
        options = {slots[0]: ("bool", corners), slots[1]: ("bool", centers)}
        m.operator(code, 1, [x, integers(m, after)], [y], table, options)

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


def slices(dtypes, most=4):
    def make(m, r):
        x_shape = shape(r, 1, most)
        begin = [int(r.integers(0, d)) for d in x_shape]
        size = [int(r.integers(1, d - b + 1)) for d, b in zip(x_shape, begin)]
        x, y = moved(m, r, dtypes, x_shape, list(size))
        size = [-1 if b + n == d and r.random() < 0.5 else n for d, b, n in zip(x_shape, begin, size)]
        m.operator(65, 1, [x, integers(m, begin), integers(m, size)], [y], 48, {})

    return make


def broadcast_to(dtypes):
    def make(m, r):
        y_shape = shape(r, 1, 4)
        x_shape = [1 if r.random() < 0.5 else d for d in y_shape][int(r.integers(0, len(y_shape))) :]
        x, y = moved(m, r, dtypes, x_shape, y_shape)
        m.operator(130, 2, [x, integers(m, y_shape)], [y], 104, {})

    return make


def expand_dims(dtypes):
    def make(m, r):
        x_shape = shape(r)
        at = int(r.integers(0, len(x_shape) + 1))
        x, y = moved(m, r, dtypes, x_shape, x_shape[:at] + [1] + x_shape[at:])
        m.operator(70, 1, [x, integers(m, written_axis(r, at, len(x_shape) + 1), [1])], [y], 52, {})

    return make


def squeeze(dtypes):
    def make(m, r):
        x_shape = [1 if r.random() < 0.5 else d for d in shape(r, 2, 4)] + [3]
        ones = [k for k, d in enumerate(x_shape) if d == 1]
        away = ones if r.random() < 0.5 else [k for k in ones if r.random() < 0.5]
        named = [written_axis(r, k, len(x_shape)) for k in away]
        if not away:
            away = ones
        x, y = moved(m, r, dtypes, x_shape, [d for k, d in enumerate(x_shape) if k not in away])
        m.operator(43, 1, [x], [y], 30, {0: np.array(named, np.int32)} if named else {})

    return make


def fill(dtypes):
    def make(m, r):
        y_shape = shape(r, 1, 4)
        x, y = moved(m, r, dtypes, [], y_shape)
        m.operator(94, 1, [integers(m, y_shape), x], [y], 68, {})

    return make


def blocks(code, table, dtypes):
    def make(m, r):
        b, h, w, c, block = (int(k) for k in r.integers(1, 4, 5))
        deep, wide = [b, h, w, c * block * block], [b, h * block, w * block, c]
        x, y = moved(m, r, dtypes, *((wide, deep) if code == 26 else (deep, wide)))
        m.operator(code, 1, [x], [y], table, {0: ("int32", block)})

    return make


def pad_v2(dtypes, most=4):
    def make(m, r):
        dtype, x_shape = one_of(r, *dtypes), shape(r, 1, most)
        amounts = r.integers(0, 4, (len(x_shape), 2), dtype=np.int32)
        q = quantization(r, dtype)
        x = given(m, dtype, x_shape, q)
        y = result(m, dtype, [int(d + p.sum()) for d, p in zip(x_shape, amounts)], q)
        filling = m.tensor(dtype, [1], np.array([r.integers(0, 100)]).astype(dtype), **q)
        m.operator(60, 1, [x, m.tensor("int32", list(amounts.shape), amounts), filling], [y], 43, {})

    return make


def mirror_pad(dtypes):
    def make(m, r):
        x_shape, mode = shape(r, 1, 4), int(r.integers(0, 2))
        amounts = np.array([r.integers(0, d + mode, 2) for d in x_shape], np.int32)
        x, y = moved(m, r, dtypes, x_shape, [int(d + p.sum()) for d, p in zip(x_shape, amounts)])
        m.operator(100, 1, [x, m.tensor("int32", list(amounts.shape), amounts)], [y], 77, {0: ("int8", mode)})

    return make


def select_v2(dtypes):
    def make(m, r):
        y_shape = shape(r, 1, 4)
        part = lambda: y_shape if r.random() < 0.5 else [d if r.random() < 0.5 else 1 for d in y_shape]
        dtype, a, b, c = one_of(r, *dtypes), part(), part(), part()
        q = quantization(r, dtype)
        inputs = [given(m, "bool", c), given(m, dtype, a, q), given(m, dtype, b, q)]
        m.operator(123, 1, inputs, [result(m, dtype, list(np.broadcast_shapes(a, b, c)), q)], 98, {})

    return make


def like_random_models(name, *dtypes):
    """The cases of a maker in random_*.py."""

    def make(m, r):
        case = random_case.Case(name, one_of(r, *dtypes), r)
        case.__dict__.update(m.__dict__)  # it draws onto m
        random_models.OPERATORS[name][0](case)

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
    "strided_slice": (strided_slice(TFLM_MOVES + ["bool"], True), 40),
    "strided_slice_masks": (strided_slice(TFLM_MOVES + ["bool", "uint8", "int64"], False), 40, "litert-ref"),
    "transpose": (transpose(["float32", "int8", "int16"]), 24),
    "transpose_types": (transpose(["bool", "uint8", "int32", "int64"]), 12, "litert-ref"),
    "pack": (pack(["float32", "int8", "int16", "int32", "int64"]), 20),
    "unpack": (unpack(["float32", "int8", "int32"]), 16),
    "unpack_types": (unpack(["uint8", "int16", "bool"]), 8, "litert-ref"),
    "split": (split(["float32", "int8", "int16", "int32"]), 20),
    "split_v": (split_v(["float32", "int8", "int16", "int32"]), 16),
    "shape": (shape_of, 6),
    "pad_types": (pad(["float32", "int16", "int32"]), 16),
    "concatenation_types": (concatenation(["float32", "int8", "int16", "int32", "int64", "bool"]), 20),
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
    "gather": (gather(["float32", "int8"]), 16),
    "gather_types": (gather(["int16", "int32", "int64", "bool", "uint8"], ["int32", "int64"]), 16, "litert-ref"),
    "arg_max": (arg_max(["float32", "int8"]), 16),
    "arg_max_types": (arg_max(["uint8", "int32", "bool"], ["int32", "int64"]), 12, "litert-ref"),
    "resize_bilinear": (resize(23, 15, (2, 3), ["int8"]), 24),
    "resize_bilinear_types": (resize(23, 15, (2, 3), ["uint8", "int16"]), 24, "litert-ref"),
    "resize_nearest_neighbor": (resize(97, 74, (0, 1), ["int8", "int16"]), 20),
    "resize_nearest_neighbor_types": (resize(97, 74, (0, 1), ["uint8", "float32"]), 12, "litert-ref"),
    "cast": (cast(["float32", "int8", "int16", "int32"]), 16),
    "cast_types": (cast(["float32", "int8", "int16", "int32", "int64", "bool", "uint8"]), 30, "litert-ref"),
    "log_softmax": (log_softmax, 20),
    "abs": (of_each_int8(101, 78, lambda r, s: s if r.random() < 0.3 else np.float32(s * r.uniform(0.3, 2))), 8),
    "rsqrt": (of_each_int8(76, 0, lambda r, s: np.float32(1 / np.sqrt(s) * r.uniform(0.002, 0.01)), False), 12),
    "slice": (slices(["float32", "int8", "int16", "int32"]), 12),
    "slice_types": (slices(["uint8", "int64", "bool"], 5), 8, "litert-ref"),
    "broadcast_to": (broadcast_to(["float32", "int8", "int16", "int32"]), 12),
    "expand_dims": (expand_dims(["float32", "int8"]), 6),
    "squeeze": (squeeze(["float32", "int8"]), 8),
    "fill": (fill(["float32", "int8", "int32"]), 6),
    "space_to_depth": (blocks(26, 19, ["float32", "int8"]), 8),
    "depth_to_space": (blocks(5, 94, ["float32", "int8"]), 8),
    "pad_v2": (pad_v2(["float32", "int8", "int16", "int32"]), 12),
    "mirror_pad": (mirror_pad(["float32", "int8"]), 12),
    "select_v2": (select_v2(["float32", "int8", "int16"]), 12),
    "comparison": (comparison(COMPARISONS, ["float32", "int8", "int32", "int64"]), 40),
    "comparison_types": (comparison(COMPARISONS, ["uint8", "int16"]), 16, "litert-ref"),
    "comparison_bool": (comparison(COMPARISONS[:2], ["bool"]), 4),
    "logical": (comparison([(86, 62), (84, 60)], ["bool"]), 6),
    "logical_not": (logical_not, 2),
    "floor_div": (binary(90, 65, ["float32", "int32"], fused=False, positive=True), 8, "litert-ref"),
    "floor_mod": (binary(95, 72, ["float32", "int32", "int64"], fused=False, positive=True), 12, "litert-ref"),
    "l2_normalization": (like_random_models("L2_NORMALIZATION", "int8"), 10),
    "l2_normalization_uint8": (like_random_models("L2_NORMALIZATION", "uint8"), 6, "litert-ref"),
    "batch_matmul": (like_random_models("BATCH_MATMUL", "int8", "int16"), 16),
    "space_to_batch_nd": (like_random_models("SPACE_TO_BATCH_ND", "float32", "int8"), 8),
    "space_to_batch_nd_types": (like_random_models("SPACE_TO_BATCH_ND", "uint8", "int32", "int64"), 10, "litert-ref"),
    "batch_to_space_nd": (like_random_models("BATCH_TO_SPACE_ND", "float32", "int8"), 8),
    "tile": (like_random_models("TILE", "float32", "int8", "int32", "bool"), 8, "litert-ref"),
}
