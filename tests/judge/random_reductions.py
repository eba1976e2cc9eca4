"""Operators that reduce axes."""

import numpy as np
import tflite_writer
from random_case import CODES, operator, own_scale, version


def _reduced(c, shape, axes, keep):
    return [1 if k in axes else d for k, d in enumerate(shape) if keep or k not in axes]


def _reduce(c, out, dtype):
    shape = c.shape(1, 4, 6)
    rank = len(shape)
    axes = sorted(c.r.choice(rank, c.number(1, rank), replace=False).tolist())
    if rank == 4 and c.chance(0.4):
        axes = [1, 2]
    keep = c.chance(0.5)
    quantization = c.quantization(dtype)
    x = c.given(dtype, shape, **quantization)
    y = c.result(dtype, _reduced(c, shape, axes, keep), **out(c, quantization, int(np.prod([shape[a] for a in axes]))))
    axis = c.constant("int32", [a - rank if c.chance(0.3) else a for a in axes])
    c.node([x, axis], [y], version(dtype), "ReducerOptions", keep_dims=keep)


@operator("MEAN", "float32 int8 int16 uint8 int32 int64")
def _mean(c):
    _reduce(c, lambda c, q, n: q if c.chance(0.3) else own_scale(c, q), c.type)


@operator("SUM", "float32 int8 int16 uint8 int32 int64")
def _sum(c):
    def out(c, q, n):
        return q and {"scale": np.float32(q["scale"] * np.sqrt(n) * c.r.uniform(0.5, 2)), "zero_point": c.zero_point(c.type)}
    _reduce(c, out, c.type)


@operator("REDUCE_MAX REDUCE_MIN", "float32 int8 int16 uint8 int32 int64")
def _reduce_max(c):
    _reduce(c, lambda c, q, n: q, c.type)


@operator("REDUCE_PROD", "float32 int32")
def _reduce_prod(c):
    _reduce(c, lambda c, q, n: q, "float32")


@operator("REDUCE_ANY REDUCE_ALL", "bool")
def _reduce_any(c):
    _reduce(c, lambda c, q, n: q, c.type)


# The operator of a window's body, by the schema's name of it.
_BODIES = {"ADD": "ADD", "MUL": "MUL", "MINIMUM": "MINIMUM", "MAXIMUM": "MAXIMUM", "ALL": "LOGICAL_AND",
           "ANY": "LOGICAL_OR"}
_BODY_TABLES = {"ADD": 11, "MUL": 21, "MINIMUM": 39, "MAXIMUM": 39}


@operator("STABLEHLO_REDUCE_WINDOW", "float32 int8 int16 uint8 int32 int64 bool")
def _reduce_window(c):
    rank = c.number(1, 5)
    while True:
        shape, window = c.r.integers(1, 6, rank), c.r.integers(1, 4, rank)
        stride, dilation = c.r.integers(1, 3, rank), c.r.integers(1, 3, rank)
        base = c.r.integers(1, 3, rank) if c.chance(0.3) else np.ones(rank, int)
        padding = c.r.integers(-1, 3, (rank, 2)) if c.chance(0.6) else np.zeros((rank, 2), int)
        places = (shape - 1) * base + 1 + padding.sum(1)
        out = (places - ((window - 1) * dilation + 1)) // stride + 1
        if out.min() >= 1 and out.prod() < 500 and (shape + np.minimum(padding, 0).sum(1)).min() >= 1:
            break
    body = c.pick(*(["ALL", "ANY"] if c.type == "bool" else ["ADD", "MUL", "MINIMUM", "MAXIMUM"]))
    quantization = c.quantization(c.type)
    x = c.given(c.type, [int(d) for d in shape], **quantization)
    neutral = {"ADD": 0, "MUL": 1, "ALL": 1, "ANY": 0}.get(body, 3)
    start = neutral if c.chance(0.6) else c.values(c.type, [])
    init = c.constant(c.type, np.asarray(start).astype(c.type), **quantization)
    y = c.result(c.type, out, **quantization)
    called = c.subgraph()
    called.inputs = [called.tensor(c.type, [], **quantization) for _ in range(2)]
    called.outputs = [called.tensor(c.type, [], **quantization)]
    operator_name = _BODIES[body]
    called.operator(CODES[operator_name], 1, called.inputs, called.outputs, _BODY_TABLES.get(body, 0))
    options = {"window_dimensions": window, "body_subgraph_index": len(c.others)}
    for name, values, plain in (("window_strides", stride, 1), ("base_dilations", base, 1),
                                ("window_dilations", dilation, 1), ("padding", padding.reshape(-1), 0)):
        if c.chance(0.7) or (values != plain).any():
            options[name] = values
    c.node([x, init], [y], 1, "StablehloReduceWindowOptions", **options)


@operator("CUMSUM", "float32 int8 int32 int64")
def _cumsum(c):
    shape, quantization = c.shape(1, 4, 6), c.quantization(c.type)
    axis = c.constant("int32", c.number(-len(shape), len(shape) - 1))
    operands = [c.given(c.type, shape, **quantization), axis]
    c.node(operands, [c.result(c.type, shape, **own_scale(c, quantization))], 1, "CumsumOptions",
           exclusive=c.chance(0.4), reverse=c.chance(0.4))


@operator("ARG_MAX ARG_MIN", "float32 int8 uint8 int32 bool")
def _arg_max(c):
    shape = c.shape(1, 4, 6)
    axis = c.number(-len(shape), len(shape) - 1)
    out = c.pick("int32", "int32", "int64")
    x = c.given(c.type, shape, **c.quantization(c.type))
    y = c.result(out, [d for k, d in enumerate(shape) if k != axis % len(shape)])
    c.node([x, c.constant("int32", axis if c.chance(0.5) else [axis])], [y], version(c.type),
           "ArgMaxOptions" if c.name == "ARG_MAX" else "ArgMinOptions", output_type=tflite_writer.TYPES[out])


# --- Data movement --------------------------------------------------------------------------------------------------
