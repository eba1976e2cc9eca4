"""What the makers of random cases draw and add to a model: shapes, scales, inputs and outputs."""

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


def like_random_models(name, *dtypes):
    """The cases of a maker in random_*.py."""

    def make(m, r):
        case = random_case.Case(name, one_of(r, *dtypes), r)
        case.__dict__.update(m.__dict__)  # it draws onto m
        random_models.OPERATORS[name][0](case)

    return make


def as_drawn(name, *dtypes):
    """The same with the inputs that the maker draws, for operators that do not take any."""

    def make(m, r):
        case = random_case.Case(name, one_of(r, *dtypes), r)
        case.__dict__.update(m.__dict__)
        first = len(m.inputs)
        random_models.OPERATORS[name][0](case)
        vars(m).setdefault("drawn", {}).update(zip(m.inputs[first:], case.runs[0], strict=True))

    return make
