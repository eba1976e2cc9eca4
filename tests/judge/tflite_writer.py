"""A small writer of .tflite files, independent of mirim's own: tables by field id, straight from the schema."""

import flatbuffers
import numpy as np

TYPES = {"float32": 0, "float16": 1, "int32": 2, "uint8": 3, "int64": 4, "bool": 6, "int16": 7, "complex64": 8,
         "int8": 9, "float64": 10, "uint64": 12, "resource": 13, "uint32": 15, "uint16": 16, "int4": 17, "int2": 19}
BITS = {"int4": 4, "int2": 2}

CUSTOM = 32  # the number of every custom operator; its name says which


def _bytes(dtype, data):
    if dtype not in BITS:
        return np.ascontiguousarray(data, dtype).tobytes()
    bits, per_byte = BITS[dtype], 8 // BITS[dtype]
    low = np.asarray(data, np.int8).reshape(-1).view(np.uint8) & ((1 << bits) - 1)
    low = np.append(low, np.zeros(-len(low) % per_byte, np.uint8)).reshape(-1, per_byte)
    return np.bitwise_or.reduce(low << (bits * np.arange(per_byte, dtype=np.uint8)), 1).astype(np.uint8).tobytes()


class Table:
    """A FlatBuffers table as {field id: value}. Values: ("int8" | "int32" | "int64" | "uint32" | "float32" | "bool", number),
    a Table, bytes, str, an array of int32, int64 or float32, or a list of Tables."""

    def __init__(self, fields):
        self.fields = fields

    def write(self, b):
        references = {slot: _write_reference(b, value) for slot, value in self.fields.items() if not _is_scalar(value)}
        b.StartObject(max(self.fields, default=-1) + 1)
        for slot, value in self.fields.items():
            if slot in references:
                b.PrependUOffsetTRelativeSlot(slot, references[slot], 0)
            else:
                _PREPEND[value[0]](b, slot, value[1])
        return b.EndObject()


_PREPEND = {
    "int8": lambda b, slot, x: b.PrependInt8Slot(slot, x, 0),
    "int32": lambda b, slot, x: b.PrependInt32Slot(slot, x, 0),
    "int64": lambda b, slot, x: b.PrependInt64Slot(slot, x, 0),
    "uint32": lambda b, slot, x: b.PrependUint32Slot(slot, x, 0),
    "float32": lambda b, slot, x: b.PrependFloat32Slot(slot, x, 0.0),
    "bool": lambda b, slot, x: b.PrependBoolSlot(slot, x, False),
}


def _is_scalar(value):
    return isinstance(value, tuple)


def _write_reference(b, value):
    if isinstance(value, Table):
        return value.write(b)
    if isinstance(value, str):
        return b.CreateString(value)
    if isinstance(value, bytes):  # a buffer's data, which the schema aligns to 16
        b.StartVector(1, len(value), 16)
        b.head = b.head - len(value)
        b.Bytes[b.head : b.head + len(value)] = value
        return b.EndVector()
    if isinstance(value, np.ndarray):
        return b.CreateNumpyVector(value)
    offsets = [table.write(b) for table in value]
    b.StartVector(4, len(offsets), 4)
    for offset in reversed(offsets):
        b.PrependUOffsetTRelative(offset)
    return b.EndVector()


class Graph:
    """Tensors, then operators on their indices. The model's graphs share buffers and operator codes."""

    def __init__(self, buffers, codes):
        self.buffers, self.codes = buffers, codes
        self.tensors, self.operators, self.inputs, self.outputs = [], [], [], []

    def tensor(self, dtype, shape, data=None, scale=None, zero_point=0, axis=0, variable=False):
        """Appends a tensor; `scale` is a number or one for each index of `axis`. Returns its index."""
        fields = {0: np.asarray(shape, np.int32), 1: ("int8", TYPES[dtype]), 3: f"t{len(self.tensors)}"}
        if data is not None:
            self.buffers.append(Table({0: _bytes(dtype, data)}))
            fields[2] = ("uint32", len(self.buffers) - 1)
        if scale is not None:
            scales = np.atleast_1d(np.asarray(scale, np.float32))
            zeros = np.full(len(scales), zero_point, np.int64)
            fields[4] = Table({2: scales, 3: zeros, 6: ("int32", axis)})
        if variable:
            fields[5] = ("bool", True)
        self.tensors.append(Table(fields))
        return len(self.tensors) - 1

    def in_blocks(self, dtype, values, scales):
        """Appends weights [rows, n] of `dtype` whose blocks of a row have `scales` [rows, blocks], a float16 tensor."""
        of_blocks = self.tensor("float16", scales.shape, scales)
        weights = self.tensor(dtype, values.shape, values)
        blocks = Table({0: ("int32", of_blocks), 1: ("int32", -1), 2: ("int32", values.shape[1] // scales.shape[1])})
        self.tensors[weights].fields[4] = Table({4: ("int8", 2), 5: blocks})
        return weights

    def sparse(self, dtype, matrix, index=1, **quantization):
        """Appends a constant [rows, columns] that is stored by rows, zeros left out; its numbers are int32, uint16 or
        uint8 (index 1, 2, 3)."""
        places = matrix != 0
        segments = np.concatenate([[0], np.cumsum(places.sum(1))])
        numbers = lambda values: Table({0: values.astype([np.int32, np.uint16, np.uint8][index - 1])})
        rows = Table({1: ("int32", matrix.shape[0])})
        columns = Table({0: ("int8", 1), 2: ("int8", index), 3: numbers(segments),
                         4: ("int8", index), 5: numbers(np.nonzero(places)[1])})
        tensor = self.tensor(dtype, matrix.shape, matrix[places], **quantization)
        self.tensors[tensor].fields[6] = Table({0: np.array([0, 1], np.int32), 2: [rows, columns]})
        return tensor

    def operator(self, code, version, inputs, outputs, options_type=0, options=None, options_2_type=0):
        """`code` is a number, or the name of a custom operator: then `options` are the bytes of its FlexBuffer."""
        if (code, version) not in self.codes:
            self.codes.append((code, version))
        fields = {
            0: ("uint32", self.codes.index((code, version))),
            1: np.asarray(inputs, np.int32),
            2: np.asarray(outputs, np.int32),
        }
        if isinstance(code, str):
            fields[5] = options
        elif options_2_type:
            fields[11] = ("int8", options_2_type)
            fields[12] = Table(options or {})
        elif options_type:
            fields[3] = ("int8", options_type)
            fields[4] = Table(options or {})
        self.operators.append(Table(fields))

    def table(self):
        return Table({
            0: self.tensors,
            1: np.asarray(self.inputs, np.int32),
            2: np.asarray(self.outputs, np.int32),
            3: self.operators,
        })


def _code(code, version):
    if isinstance(code, str):
        return Table({0: ("int8", CUSTOM), 1: code, 2: ("int32", version), 3: ("int32", CUSTOM)})
    return Table({0: ("int8", min(code, 127)), 2: ("int32", version), 3: ("int32", code)})


class Model(Graph):
    """Its main graph, and further ones by `subgraph`, from index 1 on."""

    def __init__(self):
        super().__init__([Table({})], [])
        self.others = []

    def subgraph(self):
        self.others.append(Graph(self.buffers, self.codes))
        return self.others[-1]

    def bytes(self, description=""):
        graphs = [graph.table() for graph in (self, *self.others)]
        codes = [_code(code, version) for code, version in self.codes]
        model = Table({0: ("uint32", 3), 1: codes, 2: graphs, 3: description, 4: self.buffers})
        b = flatbuffers.Builder(4096)
        b.ForceDefaults(True)
        b.Finish(model.write(b), file_identifier=b"TFL3")
        return bytes(b.Output())
