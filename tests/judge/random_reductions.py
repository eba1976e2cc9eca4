"""Operators that reduce axes."""

import numpy as np
import tflite_writer
from random_case import operator, own_scale, version


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
