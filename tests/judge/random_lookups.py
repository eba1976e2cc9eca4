"""Operators that look positions up, write to them or compute them."""

import numpy as np
import tflite_writer
from random_case import CODES, operator, version
from random_movement import MOVED


@operator("DYNAMIC_UPDATE_SLICE", MOVED)
def _dynamic_update_slice(c):
    shape = c.shape(1, 5, 4)
    part = [c.number(1, d) for d in shape]
    quantization, index = c.quantization(c.type), c.pick("int32", "int32", "int64")
    x = c.given(c.type, shape, **quantization)
    update = c.operand(c.type, part, 0.3, **quantization)
    # Positions at which the update would not be inside are valid.
    begin = c.given(index, [len(shape)], lambda t, s: c.r.integers(-1, np.array(shape) + 2))
    c.node([x, update, begin], [c.result(c.type, shape, **quantization)], 1, "DynamicUpdateSliceOptions")


@operator("EMBEDDING_LOOKUP", "float32 int8 uint8 int4 int32 rows")
def _embedding_lookup(c):
    rows, row, count = c.number(1, 9), c.shape(1, 2), c.number(1, 6)
    table = [rows, *row]
    dtype = c.pick("int8", "int4") if c.type == "rows" else c.type
    if dtype == "int4":  # LiteRT begins each row at a byte
        table[-1] = row[-1] = 2 * c.number(1, 3)
    values = c.values("int8", table) // (1 if dtype == "int8" else 16) if dtype in ("int8", "int4") else c.values(dtype, table)
    scaled = dtype in ("int8", "int4") and (c.chance(0.5) or dtype == "int4" or c.type == "rows")
    quantization = {"scale": c.scale(), "zero_point": 0} if scaled else c.quantization(dtype)
    if c.type == "rows":  # tflite-micro takes the first row's scale for all
        quantization["scale"] = np.array([c.scale() for _ in range(rows)], np.float32)
        c.judges = ("litert-ref",)
    positions = c.given("int32", [count], lambda t, s: c.r.integers(0, rows, s))
    operands = [positions, c.tensor(dtype, table, values, **quantization)]
    y = c.result("float32", [count, *row]) if scaled else c.result(dtype, [count, *row], **quantization)
    c.node(operands, [y], version(dtype, 3, 1) if scaled else 1)


@operator("BUCKETIZE", "float32 int32 int64")
def _bucketize(c):
    shape = c.shape()
    boundaries = np.sort(c.values("float32", [c.number(1, 6)]))

    def near(t, s):  # a boundary itself among them
        return c.r.choice(np.append(boundaries, c.values(t, [4]).astype(np.float32)), s)

    c.node([c.given(c.type, shape, near)], [c.result("int32", shape)], 1, "BucketizeOptions", boundaries=boundaries)


@operator("TOPK_V2", "float32 int8 int16 uint8 int32 int64")
def _top_k(c):
    shape = c.shape(1, 3, 9)
    k, quantization = c.number(1, shape[-1]), c.quantization(c.type)

    def few(dtype, s):  # equal ones among them
        return np.round(c.values(dtype, s)) if c.chance(0.5) else c.r.integers(0, 4, s)

    out = [*shape[:-1], k]
    c.node([c.given(c.type, shape, few, **quantization), c.constant("int32", k)],
           [c.result(c.type, out, **quantization), c.result("int32", out)], version(c.type), "TopKV2Options")


@operator("ONE_HOT", "float32 int8 uint8 int32 int64 bool")
def _one_hot(c):
    shape, depth = c.shape(0, 3, 4), c.number(1, 5)
    axis, index, quantization = c.number(0, len(shape)), c.pick("int32", "int32", "int64"), c.quantization(c.type)
    positions = c.given(index, shape, lambda t, s: c.r.integers(-1, depth + 1, s))
    values = [c.operand(c.type, [], 0.7, **quantization) for _ in range(2)]
    out = shape[:axis] + [depth] + shape[axis:]
    c.node([positions, c.constant("int32", depth), *values], [c.result(c.type, out, **quantization)], 1,
           "OneHotOptions", axis=-1 if axis == len(shape) else axis)


@operator("REVERSE_SEQUENCE", "float32 uint8 int16 int32 int64")
def _reverse_sequence(c):
    shape, quantization, index = c.shape(2, 5, 5), c.quantization(c.type), c.pick("int32", "int64")
    sequence, batch = (int(k) for k in c.r.choice(len(shape), 2, replace=False))
    lengths = c.given(index, [shape[batch]], lambda t, s: c.r.integers(0, shape[sequence] + 1, s))
    x = c.given(c.type, shape, **quantization)
    c.node([x, lengths], [c.result(c.type, shape, **quantization)], 1, "ReverseSequenceOptions", seq_dim=sequence,
           batch_dim=batch)


@operator("SCATTER_ND", "float32 int8 uint8 int32 int64 bool")
def _scatter_nd(c):
    shape = c.shape(1, 4, 4)
    depth, quantization = c.number(1, len(shape)), c.quantization(c.type)
    front = c.shape(0 if depth < len(shape) else 1, 2, 4)

    def positions(t, s):
        return np.stack([c.r.integers(0, d, front) for d in shape[:depth]], -1)

    place = [*front, depth]
    at = c.constant("int32", positions(None, None)) if c.chance(0.4) else c.given("int32", place, positions)
    updates = c.given(c.type, front + shape[depth:], **quantization)
    c.node([at, updates, c.constant("int32", shape)], [c.result(c.type, shape, **quantization)], 1, "ScatterNdOptions")


@operator("STABLEHLO_SCATTER", "float32 int8 int16 int32 int64")
def _scatter(c):
    shape, quantization = c.shape(1, 4, 4), c.quantization(c.type)
    rank = len(shape)
    inserted = sorted(int(d) for d in c.r.permutation(rank)[: c.number(0, rank)])
    window = [c.number(1, shape[d]) for d in range(rank) if d not in inserted]
    axes = [int(d) for d in c.r.permutation(rank)[: c.number(1, rank)]]
    batch = c.shape(0, 2, 3)
    vector_dim = c.number(0, len(batch))
    place = batch[:vector_dim] + [len(axes)] + batch[vector_dim:]
    window_dims = sorted(int(d) for d in c.r.permutation(len(batch) + len(window))[: len(window)])
    sizes, left = iter(window), iter(batch)
    updates = [next(sizes) if d in window_dims else next(left) for d in range(len(batch) + len(window))]
    kind = c.pick("int32", "int32", "int64")
    positions = c.given(kind, place, lambda t, s: c.r.integers(-1, 5, s)) if c.chance(0.6) else c.constant(
        kind, c.r.integers(-1, 5, place))
    operands = [c.given(c.type, shape, **quantization), positions, c.given(c.type, updates, **quantization)]
    body = c.subgraph()
    body.inputs = [body.tensor(c.type, [], **quantization) for _ in range(2)]
    name = c.pick("", "ADD", "MULTIPLY", "MINIMUM", "MAXIMUM")
    body.outputs = [body.tensor(c.type, [], **quantization) if name else body.inputs[1]]
    if name:
        body.operator(CODES["STABLEHLO_" + name], 1, body.inputs, body.outputs)
    c.node(operands, [c.result(c.type, shape, **quantization)], 1, "StablehloScatterOptions",
           update_window_dims=window_dims, inserted_window_dims=inserted, scatter_dims_to_operand_dims=axes,
           index_vector_dim=vector_dim, update_computation_subgraph_index=len(c.others))


@operator("STABLEHLO_PAD", "float32 int8 int16 int32 int64")
def _stablehlo_pad(c):
    quantization = c.quantization(c.type)
    while True:
        shape = np.array(c.shape(1, 4, 4))
        low, high, interior = (c.r.integers(least, 3, len(shape)) for least in (-1, -1, 0))
        out = (shape - 1) * (interior + 1) + 1 + low + high
        if out.min() >= 1 and (shape + np.minimum(low, 0) + np.minimum(high, 0)).min() >= 1:
            break
    x = c.given(c.type, [int(d) for d in shape], **quantization)
    value = c.constant(c.type, c.values(c.type, []), **quantization)
    c.node([x, value], [c.result(c.type, out, **quantization)], 1, "StablehloPadOptions", edge_padding_low=low,
           edge_padding_high=high, interior_padding=interior)


@operator("SEGMENT_SUM", "float32 int32")
def _segment_sum(c):
    shape = c.shape(1, 4)
    segments = np.cumsum(c.r.integers(0, 2, shape[0]))
    segments -= segments[0]
    c.judges = ("litert",)  # its reference kernels lack it
    c.node([c.given(c.type, shape), c.constant("int32", segments)],
           [c.result(c.type, [int(segments[-1]) + 1, *shape[1:]])], 1, "SegmentSumOptions")


@operator("UNSORTED_SEGMENT_MAX UNSORTED_SEGMENT_MIN UNSORTED_SEGMENT_PROD UNSORTED_SEGMENT_SUM", "float32 int32")
def _unsorted_segment(c):
    shape = c.shape(1, 4)
    rows, number = shape[: c.number(1, len(shape))], c.number(1, 6)
    draw = lambda _, size: c.r.integers(-1, number, size)  # below 0: counts nowhere
    x = c.given(c.type, shape)
    segments = c.constant("int32", draw("int32", rows)) if c.chance(0.5) else c.given("int32", rows, draw)
    of = c.constant("int32", np.array(number).reshape(c.pick([], [1])))
    c.node([x, segments, of], [c.result(c.type, [number, *shape[len(rows):]])], 1,
           "UnsortedSegment" + c.name.rsplit("_", 1)[1].capitalize() + "Options")


def _unread(c):
    """An input, so that the model has one."""
    c.given("float32", [1])


@operator("WHERE", "bool float32 int8 uint8 int32 uint32 int64")
def _where(c):
    shape = c.shape(1, 4, 4)
    values = c.values(c.type, shape) if c.type == "bool" else c.r.integers(0, 2, shape)
    _unread(c)
    out = c.result("int64", [int(np.count_nonzero(values)), len(shape)])
    c.node([c.constant(c.type, values, **c.quantization(c.type))], [out], 1, "WhereOptions")


@operator("UNIQUE", "float32 int8 uint8 int16 int32 int64")
def _unique(c):
    values = c.r.integers(0, 5, c.number(1, 9))
    index, quantization = c.pick("int32", "int64"), c.quantization(c.type)
    _unread(c)
    out = [c.result(c.type, [len(set(values.tolist()))], **quantization), c.result(index, [len(values)])]
    c.node([c.constant(c.type, values, **quantization)], out, 1, "UniqueOptions", idx_out_type=tflite_writer.TYPES[index])


@operator("RANGE", "float32 int32 int64")
def _range(c):
    start, count, step = c.number(-9, 9), c.number(1, 9), c.pick(-3, -1, 1, 2)
    limit = start + step * count - (c.number(0, abs(step) - 1) * (1 if step > 0 else -1))
    if c.type == "float32":
        start, limit, step = start / 4, limit / 4, step / 4
    _unread(c)
    operands = [c.constant(c.type, value) for value in (start, limit, step)]
    c.node(operands, [c.result(c.type, [count])], 1, "RangeOptions")


@operator("RANK", MOVED)
def _rank(c):
    shape = c.shape(0, 5)
    c.node([c.given(c.type, shape, **c.quantization(c.type))], [c.result("int32", [])], 1, "RankOptions")


@operator("BROADCAST_ARGS", "int32 int64")
def _broadcast_args(c):
    shape = c.shape(1, 5)
    other = [d if c.chance(0.6) else 1 for d in shape][c.number(0, len(shape) - 1):]
    both = [shape, other] if c.chance(0.5) else [other, shape]
    operands = [c.given(c.type, [len(d)], lambda t, s, d=d: d) for d in both]
    c.node(operands, [c.result(c.type, [len(shape)])], 1)
