"""Random single-operator cases of the operators that move data or compute shapes, in every type that a judge has for them. As
in cases.py; OPERATORS at the end goes into its table."""

import numpy as np
from drawing import TFLM_MOVES, as_drawn, given, integers, like_random_models, moved, one_of, quantization, result, shape, written_axis


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


def resize(code, table, slots, dtypes):
    def make(m, r):
        batch, channels = int(r.integers(1, 3)), int(r.integers(1, 4))
        before, after = r.integers(1, 8, 2).tolist(), r.integers(1, 14, 2).tolist()
        x, y = moved(m, r, dtypes, [batch, *before, channels], [batch, *after, channels])
        corners, centers = one_of(r, (False, False), (True, False), (False, True))
        options = {slots[0]: ("bool", corners), slots[1]: ("bool", centers)}
        m.operator(code, 1, [x, integers(m, after)], [y], table, options)

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
    "gather": (gather(["float32", "int8"]), 16),
    "gather_types": (gather(["int16", "int32", "int64", "bool", "uint8"], ["int32", "int64"]), 16, "litert-ref"),
    "resize_bilinear": (resize(23, 15, (2, 3), ["int8"]), 24),
    "resize_bilinear_types": (resize(23, 15, (2, 3), ["uint8", "int16"]), 24, "litert-ref"),
    "resize_nearest_neighbor": (resize(97, 74, (0, 1), ["int8", "int16"]), 20),
    "resize_nearest_neighbor_types": (resize(97, 74, (0, 1), ["uint8", "float32"]), 12, "litert-ref"),
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
    "space_to_batch_nd": (like_random_models("SPACE_TO_BATCH_ND", "float32", "int8"), 8),
    "space_to_batch_nd_types": (like_random_models("SPACE_TO_BATCH_ND", "uint8", "int32", "int64"), 10, "litert-ref"),
    "batch_to_space_nd": (like_random_models("BATCH_TO_SPACE_ND", "float32", "int8"), 8),
    "gather_nd": (like_random_models("GATHER_ND", "float32", "int8"), 12),
    "gather_nd_types": (like_random_models("GATHER_ND", "int16", "uint8", "int32", "int64", "bool"), 16, "litert-ref"),
    "reverse_v2": (like_random_models("REVERSE_V2", *TFLM_MOVES), 12, "litert-ref"),
    "select": (like_random_models("SELECT", *TFLM_MOVES), 12, "litert-ref"),
    "zeros_like": (like_random_models("ZEROS_LIKE", "float32", "int8", "int32", "int64"), 6),
    "dynamic_update_slice": (as_drawn("DYNAMIC_UPDATE_SLICE", "float32", "int8", "int32"), 12),
    "dynamic_update_slice_types": (
        as_drawn("DYNAMIC_UPDATE_SLICE", "int16", "uint8", "int64", "bool"), 12, "litert-ref"),
    "embedding_lookup": (as_drawn("EMBEDDING_LOOKUP", "float32", "int8"), 12),
    "embedding_lookup_rows": (as_drawn("EMBEDDING_LOOKUP", "rows", "uint8", "int32"), 12, "litert-ref"),
    "slice_at_run_time": (as_drawn("SLICE", *TFLM_MOVES), 16),
    "strided_slice_at_run_time": (as_drawn("STRIDED_SLICE", *TFLM_MOVES, "bool", "int64"), 16, "litert-ref"),
    "gather_at_run_time": (as_drawn("GATHER", "float32", "int8"), 8),
    "broadcast_args": (as_drawn("BROADCAST_ARGS", "int32", "int64"), 8),
    "bucketize": (as_drawn("BUCKETIZE", "float32", "int32", "int64"), 10, "litert-ref"),
    "top_k_v2": (as_drawn("TOPK_V2", "float32", "int8", "int16", "uint8", "int32", "int64"), 16, "litert-ref"),
    "one_hot": (as_drawn("ONE_HOT", "float32", "int8", "uint8", "int32", "int64", "bool"), 16, "litert-ref"),
    "reverse_sequence": (
        as_drawn("REVERSE_SEQUENCE", "float32", "uint8", "int16", "int32", "int64"), 12, "litert-ref"),
    "scatter": (as_drawn("STABLEHLO_SCATTER", "float32", "int8", "int16", "int32", "int64"), 24, "litert-ref"),
    "stablehlo_pad": (like_random_models("STABLEHLO_PAD", "float32", "int8", "int32", "int64"), 12, "litert-ref"),
    "scatter_nd": (as_drawn("SCATTER_ND", "float32", "int8", "uint8", "int32", "int64", "bool"), 16, "litert-ref"),
    "segment_sum": (as_drawn("SEGMENT_SUM", "float32", "int32"), 8, "litert"),
    **{f"unsorted_segment_{k}": (as_drawn(f"UNSORTED_SEGMENT_{k.upper()}", "float32", "int32"), 8, "litert-ref")
       for k in ("max", "min", "prod", "sum")},
    "where": (like_random_models("WHERE", "bool", "float32", "int8", "int32", "int64"), 8, "litert-ref"),
    "unique": (like_random_models("UNIQUE", "float32", "int8", "int16", "int32", "int64"), 8, "litert-ref"),
    "range": (like_random_models("RANGE", "float32", "int32", "int64"), 8, "litert-ref"),
    "rank": (like_random_models("RANK", "float32", "int8", "bool"), 4, "litert-ref"),
    "tile": (like_random_models("TILE", "float32", "int8", "int32", "bool"), 8, "litert-ref"),
}
