"""Operators that only move elements, and those that change their type."""

import numpy as np
import tflite_writer
from random_case import CODES, INTEGERS, QUANTIZED, TABLES, broadcast, operator, version


MOVED = "float32 int8 int16 uint8 int32 int64 bool"


@operator("PAD PADV2 MIRROR_PAD", "float32 int8 int16 uint8 int32 int64")
def _pad(c):
    shape = c.shape(1, 4)
    reflect = c.number(0, 1)  # MIRROR_PAD: 0 REFLECT, 1 SYMMETRIC
    most = [min(3, d - 1 + reflect) if c.name == "MIRROR_PAD" else 3 for d in shape]
    amounts = np.array([[c.number(0, m), c.number(0, m)] for m in most])
    quantization = c.quantization(c.type)
    operands = [c.given(c.type, shape, **quantization), c.constant(c.pick("int32", "int32", "int64"), amounts)]
    if c.name == "PADV2":
        operands.append(c.constant(c.type, c.values(c.type, [1]).reshape(c.pick([], [1])), **quantization))
    y = c.result(c.type, np.array(shape) + amounts.sum(1), **quantization)
    table = {"PAD": "PadOptions", "PADV2": "PadV2Options", "MIRROR_PAD": "MirrorPadOptions"}[c.name]
    more = {"mode": reflect} if c.name == "MIRROR_PAD" else {}
    c.node(operands, [y], version(c.type), table, **more)


@operator("CONCATENATION", MOVED)
def _concatenation(c):
    shape = c.shape(1, 4)
    axis, rank = c.number(0, len(shape) - 1), len(shape)
    quantization = c.quantization(c.type)
    operands, total = [], 0
    for _ in range(c.number(1, 5)):
        part = list(shape)
        part[axis] = c.number(1, 4)
        total += part[axis]
        operands.append(c.operand(c.type, part, 0.15, **quantization))
    shape[axis] = total
    c.node(operands, [c.result(c.type, shape, **quantization)], version(c.type), "ConcatenationOptions",
           axis=axis - rank if c.chance(0.3) else axis, fused_activation_function=0)


@operator("RESHAPE", MOVED)
def _reshape(c):
    a, b, d = (c.number(1, 5) for _ in range(3))
    quantization = c.quantization(c.type)
    to, written = c.pick(([b, a * d], [b, -1]), ([a * b * d], [-1]), ([1, a, d * b, 1], [1, a, d * b, 1]))
    new_shape = np.array(written, np.int32)
    x = c.given(c.type, [a, b, d], **quantization)
    operands = [x, c.constant("int32", new_shape)] if c.chance(0.7) else [x]
    c.node(operands, [c.result(c.type, to, **quantization)], 1, "ReshapeOptions", new_shape=new_shape)


@operator("TRANSPOSE", MOVED)
def _transpose(c):
    shape = c.shape(1, 5, 4)
    order = c.r.permutation(len(shape))
    quantization = c.quantization(c.type)
    y = c.result(c.type, [shape[k] for k in order], **quantization)
    c.node([c.given(c.type, shape, **quantization), c.constant("int32", order)], [y], version(c.type, 2, 5),
           "TransposeOptions")


def _strided_slice_at_run_time(c):
    """One element along some axes, the others whole; LiteRT's Python gives such a result its shape when it runs."""
    shape = c.shape(1, 4, 6)
    taken = [c.chance(0.5) for _ in shape]
    masks = {"begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 0}
    for k, one in enumerate(taken):
        for mask in ("shrink_axis_mask",) if one else ("begin_mask", "end_mask"):
            masks[mask] |= 1 << k
    quantization = c.quantization(c.type)
    x = c.given(c.type, shape, **quantization)
    begin = c.given("int32", [len(shape)], lambda t, s: [c.number(-d, d - 1) for d in shape])
    strides = c.constant("int32", [1] * len(shape))
    end = c.constant("int32", [0] * len(shape))
    out = [d for d, one in zip(shape, taken) if not one]
    c.node([x, begin, end, strides], [c.result(c.type, out, **quantization)], version(c.type, 2, 4),
           "StridedSliceOptions", **masks, ellipsis_mask=0, new_axis_mask=0)


@operator("STRIDED_SLICE", MOVED)
def _strided_slice(c):
    if c.chance(0.25):
        return _strided_slice_at_run_time(c)
    shape = c.shape(1, 4, 6)
    begin, end, stride, out, masks = [], [], [], [], {"begin_mask": 0, "end_mask": 0, "shrink_axis_mask": 0}
    for k, size in enumerate(shape):
        step = c.pick(1, 1, 2, 3, -1, -2)
        picked = range(size)[slice(c.number(-size, size), c.number(-size, size), step)]
        if not len(picked):
            picked = range(size)[::step]
        first, last = picked[0], picked[-1] + (1 if step > 0 else -1)
        if c.chance(0.2):
            masks["shrink_axis_mask"] |= 1 << k
            begin, end, stride = [*begin, first - (size if c.chance(0.3) else 0)], [*end, first + 1], [*stride, 1]
            if begin[-1] < 0:
                end[-1] = begin[-1] + 1 if begin[-1] != -1 else size
            continue
        count = len(picked)
        if c.chance(0.3):
            masks["begin_mask"] |= 1 << k
            count = len(range(0 if step > 0 else size - 1, last, step))
        if c.chance(0.3) or last < 0:
            masks["end_mask"] |= 1 << k
            start = first if not masks["begin_mask"] >> k & 1 else (0 if step > 0 else size - 1)
            count = len(range(start, size if step > 0 else -1, step))
        begin.append(first - size if c.chance(0.3) else first)
        end.append(last)
        stride.append(step)
        out.append(count)
    quantization = c.quantization(c.type)
    operands = [c.given(c.type, shape, **quantization)] + [c.constant("int32", v) for v in (begin, end, stride)]
    c.node(operands, [c.result(c.type, out, **quantization)], version(c.type, 2, 4), "StridedSliceOptions",
           **masks, ellipsis_mask=0, new_axis_mask=0)


@operator("SLICE", MOVED)
def _slice(c):
    shape = c.shape(1, 4, 6)
    begin = [c.number(0, d - 1) for d in shape]
    size = [c.number(1, d - b) for b, d in zip(begin, shape)]
    known = c.chance(0.6)
    written = [-1 if known and b + s == d and c.chance(0.5) else s for b, s, d in zip(begin, size, shape)]
    quantization, index = c.quantization(c.type), c.pick("int32", "int64")
    x = c.given(c.type, shape, **quantization)
    places = lambda t, n: [c.number(0, d - s) for d, s in zip(shape, size)]
    at = c.constant(index, begin) if known else c.given(index, [len(shape)], places)
    operands = [x, at, c.constant(index, written)]
    c.node(operands, [c.result(c.type, size, **quantization)], version(c.type, 2, 4), "SliceOptions")


@operator("SPLIT", MOVED.replace(" bool", ""))
def _split(c):
    shape = c.shape(1, 4, 3)
    axis, parts = c.number(0, len(shape) - 1), c.number(1, 4)
    whole = [d * parts if k == axis else d for k, d in enumerate(shape)]
    quantization = c.quantization(c.type)
    written = axis - len(shape) if c.chance(0.3) else axis
    operands = [c.constant("int32", written), c.given(c.type, whole, **quantization)]
    c.node(operands, [c.result(c.type, shape, **quantization) for _ in range(parts)], version(c.type, 2, 4),
           "SplitOptions", num_splits=parts)


@operator("SPLIT_V", MOVED.replace(" bool", ""))
def _split_v(c):
    shape = c.shape(1, 4, 3)
    axis, sizes = c.number(0, len(shape) - 1), [c.number(1, 4) for _ in range(c.number(1, 4))]
    quantization = c.quantization(c.type)

    def part(size):
        return [size if k == axis else d for k, d in enumerate(shape)]

    written = list(sizes)
    if c.chance(0.3):
        written[c.number(0, len(sizes) - 1)] = -1
    operands = [c.given(c.type, part(sum(sizes)), **quantization), c.constant("int32", written),
                c.constant("int32", axis - len(shape) if c.chance(0.3) else axis)]
    c.node(operands, [c.result(c.type, part(size), **quantization) for size in sizes], version(c.type, 2, 2),
           "SplitVOptions", num_splits=len(sizes))


@operator("PACK", MOVED.replace(" bool", ""))
def _pack(c):
    shape, count = c.shape(1, 3), c.number(1, 4)
    axis, quantization = c.number(-len(shape) - 1, len(shape)), c.quantization(c.type)
    out = list(shape)
    out.insert(axis % (len(shape) + 1), count)
    operands = [c.operand(c.type, shape, 0.15, **quantization) for _ in range(count)]
    c.node(operands, [c.result(c.type, out, **quantization)], version(c.type, 2, 3), "PackOptions", values_count=count,
           axis=axis)


@operator("UNPACK", MOVED.replace(" int64", ""))
def _unpack(c):
    shape = c.shape(2, 4, 4)
    axis, quantization = c.number(-len(shape), len(shape) - 1), c.quantization(c.type)
    out = [d for k, d in enumerate(shape) if k != axis % len(shape)]
    count = shape[axis % len(shape)]
    c.node([c.given(c.type, shape, **quantization)], [c.result(c.type, out, **quantization) for _ in range(count)],
           version(c.type, 2, 4), "UnpackOptions", num=count, axis=axis)


@operator("GATHER", MOVED)
def _gather(c):
    shape, index = c.shape(1, 4), c.shape(0, 2, 4)
    axis, quantization = c.number(0, len(shape) - 1), c.quantization(c.type)
    batch = 0
    if c.chance(0.25) and axis > 0 and index:
        batch, index[0] = 1, shape[0]
    out = shape[:axis] + index[batch:] + shape[axis + 1:]
    operands = [c.given(c.type, shape, **quantization),
                c.given(c.pick("int32", "int32", "int64"), index, lambda t, s: c.r.integers(0, shape[axis], s))]
    c.node(operands, [c.result(c.type, out, **quantization)], version(c.type, 2, 4), "GatherOptions",
           axis=axis - len(shape) if c.chance(0.2) and not batch else axis, batch_dims=batch)


@operator("GATHER_ND", MOVED)
def _gather_nd(c):
    shape, front = c.shape(1, 4), c.shape(1, 2, 4)
    depth, quantization = c.number(1, len(shape)), c.quantization(c.type)

    def positions(t, s):
        return np.stack([c.r.integers(0, d, front) for d in shape[:depth]], -1)

    index, place = c.pick("int32", "int32", "int64"), [*front, depth]
    x = c.given(c.type, shape, **quantization)
    known = c.chance(0.5)
    operands = [x, c.constant(index, positions(index, place)) if known else c.given(index, place, positions)]
    c.node(operands, [c.result(c.type, front + shape[depth:], **quantization)],
           {"int16": 3, "bool": 5}.get(c.type, 1), "GatherNdOptions")


@operator("REVERSE_V2", MOVED)
def _reverse(c):
    shape, quantization = c.shape(1, 4), c.quantization(c.type)
    first = c.number(0, len(shape) - 1)
    axes = list(range(first, c.number(first, len(shape) - 1) + 1))  # LiteRT wants them next to each other
    operands = [c.given(c.type, shape, **quantization), c.constant("int32", axes)]
    c.node(operands, [c.result(c.type, shape, **quantization)], {"int8": 3, "bool": 2}.get(c.type, 1), "ReverseV2Options")


@operator("ZEROS_LIKE", "float32 int8 int32 int64")
def _zeros_like(c):
    shape, quantization = c.shape(1, 4), c.quantization(c.type)
    c.node([c.given(c.type, shape, **quantization)], [c.result(c.type, shape, **quantization)], 1, "ZerosLikeOptions")


@operator("SHAPE", MOVED)
def _shape(c):
    shape, out = c.shape(1, 5), c.pick("int32", "int64")
    x = c.given(c.type, shape, **c.quantization(c.type))
    c.node([x], [c.result(out, [len(shape)])], 1, "ShapeOptions", out_type=tflite_writer.TYPES[out])


@operator("EXPAND_DIMS", MOVED)
def _expand_dims(c):
    shape = c.shape(1, 4)
    axis, quantization = c.number(-len(shape) - 1, len(shape)), c.quantization(c.type)
    out = list(shape)
    out.insert(axis % (len(shape) + 1), 1)
    operands = [c.given(c.type, shape, **quantization), c.constant("int32", axis if c.chance(0.5) else [axis])]
    c.node(operands, [c.result(c.type, out, **quantization)], 1, "ExpandDimsOptions")


@operator("SQUEEZE", MOVED)
def _squeeze(c):
    shape = [d if c.chance(0.5) else 1 for d in c.shape(2, 4)]
    ones = [k for k, d in enumerate(shape) if d == 1]
    chosen = [k for k in ones if c.chance(0.7)] if c.chance(0.6) else []
    dropped = chosen or ones
    quantization = c.quantization(c.type)
    y = c.result(c.type, [d for k, d in enumerate(shape) if k not in dropped], **quantization)
    c.node([c.given(c.type, shape, **quantization)], [y], 1, "SqueezeOptions", squeeze_dims=chosen)


@operator("TILE", MOVED)
def _tile(c):
    shape = c.shape(1, 4, 3)
    times, quantization = [c.number(1, 3) for _ in shape], c.quantization(c.type)
    c.node([c.given(c.type, shape, **quantization), c.constant(c.pick("int32", "int64"), times)],
           [c.result(c.type, [a * b for a, b in zip(shape, times)], **quantization)], 1, "TileOptions")


@operator("SPACE_TO_BATCH_ND BATCH_TO_SPACE_ND", MOVED)
def _blocks(c):
    spatial, batch, channels = c.number(1, 2), c.number(1, 3), c.number(1, 3)
    block, pad = [c.number(1, 3) for _ in range(spatial)], [[c.number(0, 3), c.number(0, 3)] for _ in range(spatial)]
    places = [c.number(1, 4) for _ in range(spatial)]
    image = [n * b - sum(p) for n, b, p in zip(places, block, pad)]
    # What tflite-micro pads with is whatever its memory holds.
    if min(image) < 1 or c.type in ("float32", "int8") and c.name == "SPACE_TO_BATCH_ND":
        pad, image = [[0, 0]] * spatial, [n * b for n, b in zip(places, block)]
    wide, split = [batch, *image, channels], [batch * int(np.prod(block)), *places, channels]
    x, y = (wide, split) if c.name == "SPACE_TO_BATCH_ND" else (split, wide)
    quantization = c.quantization(c.type)
    operands = [c.given(c.type, x, **quantization), c.constant("int32", block), c.constant("int32", pad)]
    c.node(operands, [c.result(c.type, y, **quantization)], version(c.type) if spatial == 2 else 3,
           "SpaceToBatchNDOptions" if c.name == "SPACE_TO_BATCH_ND" else "BatchToSpaceNDOptions")


@operator("BROADCAST_TO", MOVED)
def _broadcast_to(c):
    to = c.shape(1, 4)
    shape = [d if c.chance(0.5) else 1 for d in to][c.number(0, len(to) - 1):]
    quantization = c.quantization(c.type)
    c.node([c.given(c.type, shape, **quantization), c.constant("int32", to)], [c.result(c.type, to, **quantization)],
           version(c.type, 3), "BroadcastToOptions")


@operator("FILL", MOVED)
def _fill(c):
    shape, quantization = c.shape(1, 4), c.quantization(c.type)
    operands = [c.constant(c.pick("int32", "int64"), shape), c.given(c.type, [], **quantization)]
    c.node(operands, [c.result(c.type, shape, **quantization)], version(c.type, 3, 3), "FillOptions")


@operator("DENSIFY", "float32 float16 int8")
def _densify(c):
    """Added to the input; what is no float goes by DEQUANTIZE, as converters write it."""
    shape = [c.number(1, 6), c.number(1, 6)]
    quantization = {"scale": c.scale(), "zero_point": 0} if c.type == "int8" else {}
    values = (c.r.integers(-9, 10, shape) * (c.r.random(shape) < 0.5)).astype(c.type)
    values[0, 0] = 1  # a buffer of no bytes is none
    dense = c.tensor(c.type, shape, **quantization)
    c.node([c.sparse(c.type, values, c.number(1, 3), **quantization)], [dense], 1, "DensifyOptions")
    if c.type != "float32":
        weights, dense = dense, c.tensor("float32", shape)
        c.operator(CODES["DEQUANTIZE"], 3 if c.type == "float16" else 2, [weights], [dense], TABLES["DequantizeOptions"])
    c.operator(CODES["ADD"], 1, [c.given("float32", shape), dense], [c.result("float32", shape)], TABLES["AddOptions"])


@operator("RESIZE_BILINEAR RESIZE_NEAREST_NEIGHBOR", "float32 int8 uint8 int16")
def _resize(c):
    batch, h, w, channels = c.shape(4, 4)
    out, quantization = [c.number(1, 9), c.number(1, 9)], c.quantization(c.type)
    align = c.chance(0.3)
    operands = [c.given(c.type, [batch, h, w, channels], **quantization), c.constant("int32", out)]
    y = c.result(c.type, [batch, *out, channels], **quantization)
    bilinear = c.name == "RESIZE_BILINEAR"
    c.node(operands, [y], 3 if bilinear else 3, "ResizeBilinearOptions" if bilinear else "ResizeNearestNeighborOptions",
           align_corners=align, half_pixel_centers=not align and c.chance(0.5))


@operator("DEPTH_TO_SPACE SPACE_TO_DEPTH", "float32 int8 uint8 int32 int64")
def _depth_to_space(c):
    batch, h, w, channels = c.shape(4, 4, 4)
    block, quantization = c.number(1, 3), c.quantization(c.type)
    deep, wide = [batch, h, w, channels * block * block], [batch, h * block, w * block, channels]
    x, y = (deep, wide) if c.name == "DEPTH_TO_SPACE" else (wide, deep)
    table = "DepthToSpaceOptions" if c.name == "DEPTH_TO_SPACE" else "SpaceToDepthOptions"
    c.node([c.given(c.type, x, **quantization)], [c.result(c.type, y, **quantization)], version(c.type), table,
           block_size=block)


@operator("SELECT", MOVED)
def _select_v1(c):
    shape, quantization = c.shape(1, 4), c.quantization(c.type)
    condition = c.pick(shape, shape, shape[:1], [])
    operands = [c.given("bool", condition), c.given(c.type, shape, **quantization),
                c.operand(c.type, shape, **quantization)]
    c.node(operands, [c.result(c.type, shape, **quantization)], 1 if condition is shape else 3, "SelectOptions")


@operator("SELECT_V2", "float32 int8 int16 uint8 int32 int64 bool")
def _select(c):
    a, b = broadcast(c)
    shape, quantization = list(np.broadcast_shapes(a, b)), c.quantization(c.type)
    condition = [d if c.chance(0.7) else 1 for d in shape]
    operands = [c.given("bool", condition), c.given(c.type, a, **quantization), c.operand(c.type, b, **quantization)]
    out = np.broadcast_shapes(condition, a, b)
    c.node(operands, [c.result(c.type, out, **quantization)], 1, "SelectV2Options")


@operator("CAST", "float32 int8 int16 uint8 int32 int64 bool uint16 uint32 float64")
def _cast(c):
    to = c.pick("float32", "int8", "int16", "uint8", "int32", "int64", "bool", "uint16", "uint32", "float64")
    shape = c.shape()

    def values(t, s):
        # What does not fit the other type is undefined in C++, and the judges differ.
        return np.clip(np.abs(c.values(t, s)), 0, 100) if t != "bool" else c.values(t, s)

    names = tflite_writer.TYPES
    c.node([c.given(c.type, shape, values)], [c.result(to, shape)], {"int8": 3, "int16": 4, "bool": 1}.get(c.type, 1),
           "CastOptions", in_data_type=names[c.type], out_data_type=names[to])


def _per_channel(c, dtype, shape):
    """A scale for each index of an axis, as the weights of files by TFMOT."""
    axis = c.number(0, len(shape) - 1)
    scales = np.array([c.quantization(dtype)["scale"] for _ in range(shape[axis])], np.float32)
    return {"scale": scales, "zero_point": c.zero_point(dtype), "axis": axis}


@operator("QUANTIZE", "float32 int8 int16 uint8")
def _quantize(c):
    to = c.pick(*{"float32": ("int8", "int16", "uint8"), "int8": ("int8", "int16", "uint8", "int32"),
                  "int16": ("int8", "int16", "int32"), "uint8": ("int8", "uint8")}[c.type])
    shape, quantization = c.shape(1, 4, 8), c.quantization(c.type)
    out = {"scale": c.scale(1e-4, 1e-2), "zero_point": 0} if to == "int32" else c.quantization(to)
    if c.type == "float32" and c.chance(0.4):
        out, c.judges = _per_channel(c, to, shape), ("litert-ref",)
    if quantization and to in QUANTIZED:
        ratio = INTEGERS[c.type][1] / INTEGERS[to][1] * c.r.uniform(0.3, 2)
        out["scale"] = np.float32(quantization["scale"] * ratio)
    c.node([c.given(c.type, shape, **quantization)], [c.result(to, shape, **out)], 3 if "16" in c.type + to else 2,
           "QuantizeOptions")


@operator("DEQUANTIZE", "int8 int16 uint8 int4")
def _dequantize(c):
    shape = c.shape(1, 4, 8)
    if c.type == "int4":  # weights that are stored so, added to the input
        low_rank = _per_channel(c, "int8", shape) if c.chance(0.5) else {"scale": c.scale()}
        wide = c.tensor("float32", shape)
        c.node([c.constant("int4", c.values("int4", shape), **{**low_rank, "zero_point": 0})], [wide], 6,
               "DequantizeOptions")
        return c.operator(CODES["ADD"], 1, [c.given("float32", shape), wide], [c.result("float32", shape)],
                          TABLES["AddOptions"])
    if c.chance(0.4):
        c.judges = ("litert-ref",)  # tflite-micro takes the first scale for all channels
        c.node([c.given(c.type, shape, **_per_channel(c, c.type, shape))], [c.result("float32", shape)], 5,
               "DequantizeOptions")
        return None
    c.node([c.given(c.type, shape, **c.quantization(c.type))], [c.result("float32", shape)], version(c.type),
           "DequantizeOptions")
