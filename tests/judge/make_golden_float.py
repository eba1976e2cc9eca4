#!/usr/bin/env python3
"""Writes tests/golden/float: for each float32 operator a text file of graphs, each one node on constants, with the output
that LiteRT's reference kernels gave as a further constant, %expected.

    tests/judge/make_golden_float.py     with the python that tests/judge/setup prints"""

import pathlib

import judges
import numpy as np
import tflite_writer

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "float"
PADDING, ACTIVATION = ["SAME", "VALID"], ["NONE", "RELU", "RELU_N1_TO_1", "RELU6"]


def number(x):
    return np.format_float_scientific(x, unique=True, trim="-") if isinstance(x, np.floating) else str(x)


def constant(name, array):
    shape = "x".join(map(str, array.shape)) or "scalar"
    return f"  %{name}: {array.dtype}[{shape}] = [{', '.join(number(x) for x in array.reshape(-1))}]\n"


def judge_of(operator):
    """LiteRT's reference kernels, which lack ELU."""
    return "tflm" if operator == "ELU" else "litert-ref"


class Case:
    """One node. Options are (slot, type, name, value); an enumeration's value is its number, `names` tells its word."""

    def __init__(self, name, code, inputs, out_shape, table=0, options=(), version=1):
        # A bias left out at the end is no operand: LiteRT's CONV_2D refuses -1 there.
        while inputs[-1] is None:
            inputs = inputs[:-1]
        self.name, self.inputs, self.out_shape = name, inputs, out_shape
        self.code, self.table, self.options, self.version = code, table, options, version

    def expected(self):
        m = tflite_writer.Model()
        operands, given = [], []
        for array in self.inputs:
            if array is None:
                operands.append(-1)
            elif array.dtype == np.int32:
                operands.append(m.tensor("int32", array.shape, array))
            else:
                operands.append(m.tensor("float32", array.shape))
                m.inputs.append(operands[-1])
                given.append(array)
        m.outputs = [m.tensor("float32", self.out_shape)]
        options = {slot: (kind, value) for slot, kind, _, value, *_ in self.options}
        m.operator(self.code, self.version, operands, m.outputs, self.table, options)
        return judges.run(judge_of(self.name), m.bytes(), [given])[0][0]

    def text(self, label):
        expected = self.expected()
        written = []
        for _, kind, name, value, *names in self.options:
            word = names[0][value] if names else str(value).lower() if kind == "bool" else number(
                np.float32(value)) if kind == "float32" else str(value)
            written.append(f"{name}={word}")
        lines = "".join(constant(f"x{i}", a) for i, a in enumerate(self.inputs) if a is not None)
        operands = ", ".join("_" if a is None else f"%x{i}" for i, a in enumerate(self.inputs))
        shape = "x".join(map(str, expected.shape)) or "scalar"
        return (
            f'graph "{label}" () -> (%y, %expected) {{\n{lines}{constant("expected", expected)}'
            f"  %y: float32[{shape}] = {self.name}({operands})" + (f" {{{', '.join(written)}}}" if written else "") + "\n}\n"
        )


def floats(r, *shape, scale=1.0):
    return (r.standard_normal(shape) * scale).astype(np.float32)


def positions(size, k, stride, dilation, padding):
    reach = (k - 1) * dilation + 1
    return -(-size // stride) if padding == 0 else (size - reach) // stride + 1


def geometry(r, dilated=True):
    while True:
        size, k, s = r.integers(3, 8, 2), r.integers(1, 4, 2), r.integers(1, 3, 2)
        d = r.integers(1, 3, 2) if dilated else np.ones(2, int)
        padding = int(r.integers(0, 2))
        out = [positions(*t, padding) for t in zip(size, k, s, d)]
        if min(out) >= 1:
            return [[int(v) for v in pair] for pair in (size, k, s, d, out)] + [padding]


def window_options(padding, s, slots=(0, 1, 2)):
    return [(slots[0], "int8", "padding", padding, PADDING), (slots[1], "int32", "stride_w", s[1]),
            (slots[2], "int32", "stride_h", s[0])]


def activation(r, slot):
    return (slot, "int8", "fused_activation_function", int(r.integers(0, 4)), ACTIVATION)


def conv2d(r):
    (h, w), k, s, d, out, padding = geometry(r)
    c, o = int(r.integers(1, 5)), int(r.integers(1, 5))
    bias = floats(r, o) if r.random() < 0.7 else None
    return Case("CONV_2D", 3, [floats(r, 1, h, w, c), floats(r, o, *k, c), bias], [1, *out, o], 1, [
        *window_options(padding, s), activation(r, 3), (4, "int32", "dilation_w_factor", d[1]),
        (5, "int32", "dilation_h_factor", d[0])])


def depthwise(r):
    (h, w), k, s, d, out, padding = geometry(r)
    c, multiplier = int(r.integers(1, 5)), int(r.integers(1, 3))
    o = c * multiplier
    return Case("DEPTHWISE_CONV_2D", 4, [floats(r, 1, h, w, c), floats(r, 1, *k, o), floats(r, o)], [1, *out, o], 2, [
        *window_options(padding, s), (3, "int32", "depth_multiplier", multiplier), activation(r, 4),
        (5, "int32", "dilation_w_factor", d[1]), (6, "int32", "dilation_h_factor", d[0])], 2)


def fully_connected(r):
    b, i, o = int(r.integers(1, 4)), int(r.integers(1, 40)), int(r.integers(1, 6))
    bias = floats(r, o) if r.random() < 0.7 else None
    return Case("FULLY_CONNECTED", 9, [floats(r, b, i), floats(r, o, i), bias], [b, o], 8, [activation(r, 0)])


def binary(name, code, table, fused):
    def make(r):
        a, b = ([2, 3, 4], [2, 3, 4]) if r.random() < 0.4 else ([2, 3, 4], [4]) if r.random() < 0.5 else ([3, 1], [1, 4])
        if name == "PRELU":  # the slopes may not stretch the input
            a, b = [2, 3, 4], [4]
        return Case(name, code, [floats(r, *a), floats(r, *b)], list(np.broadcast_shapes(a, b)), table,
                    [activation(r, 0)] if fused else [])
    return make


def pool(name, code):
    def make(r):
        (h, w), k, s, _, out, padding = geometry(r, dilated=False)
        c = int(r.integers(1, 4))
        return Case(name, code, [floats(r, 1, h, w, c)], [1, *out, c], 5, [
            *window_options(padding, s), (3, "int32", "filter_width", k[1]), (4, "int32", "filter_height", k[0]),
            activation(r, 5)])
    return make


def unary(name, code, table=0, options=(), positive=False, scale=3.0):
    def make(r):
        x = floats(r, 2, 20, scale=scale)
        return Case(name, code, [np.abs(x) + np.float32(0.01) if positive else x], [2, 20], table, list(options))
    return make


def leaky_relu(r):
    return unary("LEAKY_RELU", 98, 75, [(0, "float32", "alpha", float(np.float32(r.uniform(-0.5, 1.5))))])(r)


def gelu(r):
    return unary("GELU", 150, 116, [(0, "bool", "approximate", bool(r.integers(0, 2)))])(r)


def softmax(r):
    shape = [3, int(r.integers(1, 12))]
    return Case("SOFTMAX", 25, [floats(r, *shape, scale=4)], shape, 9,
                [(0, "float32", "beta", float(r.choice([1.0, 0.25, 2.5])))])


def mean(r):
    shape = [2, 3, 2, 3]
    axes = sorted(r.choice(4, int(r.integers(1, 4)), replace=False).tolist())
    keep = bool(r.integers(0, 2))
    out = [1 if i in axes else d for i, d in enumerate(shape) if keep or i not in axes]
    return Case("MEAN", 40, [floats(r, *shape), np.array(axes, np.int32)], out, 27, [(0, "bool", "keep_dims", keep)])


def pad(r):
    amounts = r.integers(0, 3, (3, 2), dtype=np.int32)
    return Case("PAD", 34, [floats(r, 2, 3, 2), amounts], [d + int(a.sum()) for d, a in zip([2, 3, 2], amounts)], 22)


def concatenation(r):
    axis = int(r.integers(-3, 3))
    shapes = [[2, 3, 2], [2, 3, 2]]
    shapes[1][axis] = 4
    out = [2, 3, 2]
    out[axis] += 4
    return Case("CONCATENATION", 2, [floats(r, *s) for s in shapes], out, 10, [(0, "int32", "axis", axis)])


def fake_quant(r):
    low, high = float(np.float32(-r.uniform(0.1, 3))), float(np.float32(r.uniform(0.1, 3)))
    return Case("FAKE_QUANT", 80, [floats(r, 2, 20)], [2, 20], 58, [
        (0, "float32", "min", low), (1, "float32", "max", high), (2, "int32", "num_bits", int(r.choice([4, 8]))),
        (3, "bool", "narrow_range", False)])


CASES = {
    "add": binary("ADD", 0, 11, True),
    "average_pool_2d": pool("AVERAGE_POOL_2D", 1),
    "concatenation": concatenation,
    "conv2d": conv2d,
    "depthwise_conv2d": depthwise,
    "div": binary("DIV", 42, 29, True),
    "elu": unary("ELU", 111),
    "exp": unary("EXP", 47, 33),
    "fake_quant": fake_quant,
    "fully_connected": fully_connected,
    "gelu": gelu,
    "hard_swish": unary("HARD_SWISH", 117, 91),
    "leaky_relu": leaky_relu,
    "log": unary("LOG", 73, positive=True),
    "logistic": unary("LOGISTIC", 14, scale=6),
    "max_pool_2d": pool("MAX_POOL_2D", 17),
    "maximum": binary("MAXIMUM", 55, 39, False),
    "mean": mean,
    "minimum": binary("MINIMUM", 57, 39, False),
    "mul": binary("MUL", 18, 21, True),
    "neg": unary("NEG", 59, 42),
    "pad": pad,
    "prelu": binary("PRELU", 54, 0, False),
    "relu": unary("RELU", 19),
    "relu6": unary("RELU6", 21),
    "softmax": softmax,
    "sub": binary("SUB", 41, 28, True),
    "tanh": unary("TANH", 28),
}

if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name, make in CASES.items():
        r = np.random.default_rng(sum(map(ord, name)))
        graphs, refused = [], 0
        while len(graphs) < 6 and refused < 20:
            try:
                graphs.append(make(r).text(f"{name} {len(graphs)}"))
            except judges.Refused as why:
                refused += 1
                print(f"{name}: {why}")
        text = f"# Outputs of {judges.version(judge_of(name.upper()))}, reference kernels.\n" + "".join(graphs)
        (GOLDEN / f"{name}.txt").write_text(text)
        print(f"{name}: {len(graphs)} cases, {len(text)} bytes")
