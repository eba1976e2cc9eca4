"""A random model of one operator in the making, and the registry of those who make them. Everything random comes from the
case's generator, so a seed names a case."""

import pathlib
import re

import numpy as np
import tflite_writer
from flatbuffers import flexbuffers

SCHEMA = pathlib.Path(__file__).resolve().parents[2] / "mirim/formats/tflite.fbs"
INTEGERS = {"int8": (-128, 127), "uint8": (0, 255), "int16": (-32768, 32767)}
NARROW = {"int4": (-8, 7), "int2": (-2, 1)}  # weights only, a byte each
QUANTIZED = tuple(INTEGERS)
RUNS = 2  # of each model, so that what an operator keeps between runs shows


def _schema():
    """Numbers by name: operators, options tables, and the fields of each table as {name: (id, type)}."""
    text = SCHEMA.read_text()
    codes = dict(re.findall(r"(\w+) = (\d+)", re.search(r"enum BuiltinOperator.*?\{(.*?)\}", text, re.S)[1]))
    tables, tables_2 = ({name: number for number, name in enumerate(
        re.findall(r"\w+", re.search(rf"union {union} \{{(.*?)\}}", text, re.S)[1]), 1)}
        for union in ("BuiltinOptions", "BuiltinOptions2"))
    fields = {}
    for name in (*tables, *tables_2):
        body = re.search(rf"table {name} \{{(.*?)\}}", text, re.S)
        found = re.findall(r"(\w+): *([\w\[\]]+)[^;]*\(id: (\d+)", body[1]) if body else []
        fields[name] = {field: (int(number), kind) for field, kind, number in found}
    return {name: int(code) for name, code in codes.items()}, tables, tables_2, fields


CODES, TABLES, TABLES_2, FIELDS = _schema()
OPERATORS = {}  # name: (maker, types)


def operator(names, types):
    def register(maker):
        for name in names.split():
            OPERATORS[name] = (maker, types.split())
        return maker

    return register


class Case(tflite_writer.Model):
    """A model of one node in the making, with the inputs of its runs. The first of its judges that runs it decides."""

    judges = ("tflm", "litert-ref")

    def __init__(self, name, dtype, r):
        super().__init__()
        self.name, self.type, self.r, self.runs = name, dtype, r, [[] for _ in range(RUNS)]
        self.settling = 0  # runs at first whose answers are not compared: a judge leaves them as its memory was
        self.rounding = 0.0  # floats: how far a judge may be off by the roundings of terms that cancel

    def chance(self, probability):
        return self.r.random() < probability

    def pick(self, *choices):
        return choices[int(self.r.integers(len(choices)))]

    def number(self, low, high):
        """From low to high, both included."""
        return int(self.r.integers(low, high + 1))

    def shape(self, low_rank=1, high_rank=4, largest=5):
        return [self.number(1, largest) for _ in range(self.number(low_rank, high_rank))]

    def scale(self, low=0.002, high=0.2):
        return np.float32(np.exp(self.r.uniform(np.log(low), np.log(high))))

    def zero_point(self, dtype):
        if dtype == "int16":
            return 0
        low, high = INTEGERS[dtype]
        return self.pick(low, high, (low + high + 1) // 2, self.number(low, high))

    def quantization(self, dtype, low=0.002, high=0.2):
        """Of an activation of that type: {} where it has none."""
        if dtype not in INTEGERS:
            return {}
        shrink = 256 if dtype == "int16" else 1
        return {"scale": self.scale(low, high) / np.float32(shrink), "zero_point": self.zero_point(dtype)}

    def values(self, dtype, shape):
        if dtype == "bool":
            return self.r.integers(0, 2, shape).astype(bool)
        if dtype == "float32":
            return (self.r.standard_normal(shape) * self.pick(1, 4)).astype(np.float32)
        low, high = NARROW.get(dtype) or INTEGERS.get(dtype, (-1000, 1000))
        return self.r.integers(low, high + 1, shape).astype("int8" if dtype in NARROW else dtype)

    def given(self, dtype, shape, values=None, **quantization):
        """An input of the model. `values(dtype, shape)` draws its elements."""
        index = self.tensor(dtype, shape, **quantization)
        self.inputs.append(index)
        for run in self.runs:
            run.append(np.asarray((values or self.values)(dtype, shape)).astype(dtype).reshape(shape))
        return index

    def constant(self, dtype, values, **quantization):
        values = np.asarray(values, "int8" if dtype in NARROW else dtype)
        return self.tensor(dtype, values.shape, values, **quantization)

    def operand(self, dtype, shape, constant=0.3, **quantization):
        """An input, or at times a constant."""
        if self.inputs and self.chance(constant):
            return self.constant(dtype, self.values(dtype, shape), **quantization)
        return self.given(dtype, shape, **quantization)

    def result(self, dtype, shape, **quantization):
        self.outputs.append(self.tensor(dtype, [int(d) for d in shape], **quantization))
        return self.outputs[-1]

    def node(self, inputs, outputs, version=1, table=None, **options):
        fields = {}
        for name, value in options.items():
            number, kind = FIELDS[table][name]
            if kind.startswith("["):
                stored = {"[long]": np.int64, "[float]": np.float32}.get(kind, np.int32)
                fields[number] = np.asarray(value, stored)
            else:
                stored = {"int": "int32", "long": "int64", "float": "float32", "bool": "bool"}.get(kind, "int8")
                fields[number] = (stored, value)
        second = TABLES_2.get(table, 0)
        first = TABLES[table] if table and not second else 0
        self.operator(CODES[self.name], version, inputs, outputs, first, fields, second)

    def custom_node(self, inputs, outputs, **options):
        """A custom operator, its options by name."""
        self.operator(self.name, 1, inputs, outputs, options=bytes(flexbuffers.Dumps(options)))


# Versions that TFLite asks for: 1 with floats and uint8, 2 with int8, later ones with int16.
def version(dtype, int8=2, int16=3, other=1):
    return {"int8": int8, "int16": int16}.get(dtype, other)


def activation(c):
    return c.pick(0, 0, 0, 1, 2, 3)  # NONE, RELU, RELU_N1_TO_1, RELU6


def own_scale(c, quantization):
    """A quantization for the result that differs from that of the operand; {} where there is none."""
    return quantization and {
        "scale": np.float32(quantization["scale"] * c.r.uniform(0.3, 2)), "zero_point": c.zero_point(c.type)}


def broadcast(c):
    """Two shapes that broadcast to one."""
    shape = c.shape(1, 4)
    kind = c.r.random()
    other = list(shape)
    if kind < 0.2:
        other = [1] * len(shape)
    elif kind < 0.35:
        other = shape[c.number(0, len(shape) - 1):]
    elif kind < 0.6:
        other = [d if c.chance(0.5) else 1 for d in shape]
    return (shape, other) if c.chance(0.7) else (other, shape)
