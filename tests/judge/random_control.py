"""Random models of WHILE and IF: bodies of a few operators on values that go round, swap places, are handed on, or come
out of branches; rows of a sequence that are read and written at the count; loops that end early by what they computed;
loops in loops and branches in loops."""

import numpy as np
from random_case import CODES, FIELDS, TABLES, operator

FLOAT_UNARY = ("TANH", "LOGISTIC", "RELU", "ABS")


class Body:
    """A graph in the making. Its values are int32 counts, rows [1, size], and sequences [length, size] of rows; rows and
    sequences are float32, or int8 with one quantization."""

    def __init__(self, c, graph, size, length):
        self.c, self.g, self.size, self.length = c, graph, size, length
        self.rows, self.sequences, self.counts = [], [], []

    def node(self, name, inputs, outputs, table=None, version=1, **options):
        fields = {FIELDS[table][n][0]: ("int32" if FIELDS[table][n][1] == "int" else "int8", v)
                  for n, v in options.items()} if table else {}
        self.g.operator(CODES[name], version, inputs, outputs, TABLES[table] if table else 0, fields)
        return outputs[0]

    def row(self, values=None):
        return self.g.tensor(self.c.type, [1, self.size], values, **self.c.steps)

    def sequence(self):
        return self.g.tensor(self.c.type, [self.length, self.size], **self.c.steps)

    def number(self, value):
        return self.g.tensor("int32", [], np.array(value, np.int32))

    def counted(self, name, a, b, table=None):
        return self.node(name, [a, b], [self.g.tensor("int32", [])], table)

    def plus(self, count, value):
        return self.counted("ADD", count, self.number(value), "AddOptions")

    def less(self, count, value):
        return self.node("LESS", [count, self.number(value)], [self.g.tensor("bool", [])])

    def row_number(self):
        """A count held inside of the sequence."""
        below = self.counted("MINIMUM", self.c.pick(*self.counts), self.number(self.length - 1), "MaximumMinimumOptions")
        return self.counted("MAXIMUM", below, self.number(0), "MaximumMinimumOptions")

    def place(self):
        """[row, 0] with a row computed at run time."""
        return self.node("PACK", [self.row_number(), self.number(0)], [self.g.tensor("int32", [2])], "PackOptions",
                         values_count=2, axis=0)

    def read_row(self):
        sequence, result = self.c.pick(*self.sequences), self.row()
        if self.c.chance(0.5):
            index = self.node("RESHAPE", [self.row_number(), self.g.tensor("int32", [1], np.array([1], np.int32))],
                              [self.g.tensor("int32", [1])])
            self.node("GATHER", [sequence, index], [result], "GatherOptions", axis=0)
        else:
            extent = self.g.tensor("int32", [2], np.array([1, self.size], np.int32))
            self.node("SLICE", [sequence, self.place(), extent], [result], "SliceOptions")
        self.rows.append(result)

    def write_row(self):
        result = self.sequence()
        self.node("DYNAMIC_UPDATE_SLICE", [self.c.pick(*self.sequences), self.c.pick(*self.rows), self.place()], [result])
        self.sequences.append(result)

    def weights(self):
        values = self.c.r.standard_normal((self.size, self.size)) / self.size
        if self.c.type == "float32":
            return self.g.tensor("float32", values.shape, values.astype(np.float32))
        steps = np.clip(np.rint(values * 64), -127, 127).astype(np.int8)
        return self.g.tensor("int8", values.shape, steps, scale=np.float32(1 / 64))

    def made(self):
        """A row that one of a few operators makes of the others; or a sequence with another row in it."""
        c, a, b = self.c, self.c.pick(*self.rows), self.c.pick(*self.rows)
        kind = c.number(0, 7 if self.sequences else 5)
        if kind >= 6:
            return self.read_row() if kind == 6 else self.write_row()
        result = self.row()
        if kind == 0:
            self.node(c.pick(*FLOAT_UNARY) if c.type == "float32" else "RELU", [a], [result])
        elif kind == 1:
            self.node("ADD", [a, b], [result], "AddOptions", version=c.version)
        elif kind == 2:
            half = c.r.uniform(-0.9, 0.9)
            half = (self.g.tensor("float32", [], np.array(half, np.float32)) if c.type == "float32" else
                    self.g.tensor("int8", [], np.array(round(half * 127), np.int8), scale=np.float32(1 / 127)))
            self.node("MUL", [a, half], [result], "MulOptions", version=c.version)
        elif kind == 3:
            self.node("FULLY_CONNECTED", [a, self.weights(), -1], [result], "FullyConnectedOptions", keep_num_dims=1,
                      version=5)
        elif kind == 4:
            self.node("SUB", [a, b], [result], "SubOptions", version=c.version)
        else:
            self.node(c.pick("MAXIMUM", "MINIMUM"), [a, b], [result], "MaximumMinimumOptions", version=c.version)
        return self.rows.append(result)

    def take(self, rows, sequences):
        """Inputs of the graph: a count, then these."""
        self.counts = [self.g.tensor("int32", [])]
        self.rows = [self.row() for _ in range(rows)]
        self.sequences = [self.sequence() for _ in range(sequences)]
        self.g.inputs = self.counts + self.rows + self.sequences

    def another(self, rows, sequences):
        body = Body(self.c, self.c.subgraph(), self.size, self.length)
        body.take(rows, sequences)
        return body

    def goes_on(self, limit):
        """Whether the count is below; at times also whether no element of a row has grown large."""
        c, below = self.c, self.less(self.counts[0], limit)
        if c.type != "float32" or not c.chance(0.3):
            return below
        axes = self.g.tensor("int32", [2], np.array([0, 1], np.int32))
        most = self.node("REDUCE_MAX", [c.pick(*self.rows), axes], [self.g.tensor("float32", [])], "ReducerOptions")
        bound = self.g.tensor("float32", [], np.array(c.r.uniform(0.2, 3), np.float32))
        small = self.node("LESS", [most, bound], [self.g.tensor("bool", [])])
        return self.node("LOGICAL_AND", [below, small], [self.g.tensor("bool", [])])

    def results(self, rows, sequences):
        """What the arguments become: something made, another argument, or themselves."""
        return [self.handed_on(rows, i, self.rows) for i in range(len(rows))] + [
            self.handed_on(sequences, i, self.sequences) for i in range(len(sequences))]

    def loop(self, rows, sequences, depth):
        """A WHILE over a new count and these values; returns what they are after it."""
        c, rounds, start = self.c, self.c.number(0, 4), self.c.number(-1, 2)
        condition = self.another(len(rows), len(sequences))
        condition.g.outputs = [condition.goes_on(start + rounds)]
        body = self.another(len(rows), len(sequences))
        arguments = list(body.rows), list(body.sequences)
        body.fill(depth)
        body.g.outputs = [body.plus(body.counts[0], 1), *body.results(*arguments)]
        return self.call("WHILE", [self.number(start)], rows, sequences, "WhileOptions",
                         cond_subgraph_index=c.index_of(condition.g), body_subgraph_index=c.index_of(body.g))

    def branches(self, rows, sequences, depth):
        """An IF on a count; returns as many values as were given."""
        c = self.c
        sides = []
        for _ in range(2):
            side = self.another(len(rows), len(sequences))
            arguments = list(side.rows), list(side.sequences)
            side.fill(depth)
            side.g.outputs = [side.plus(side.counts[0], c.number(0, 3)), *side.results(*arguments)]
            sides.append(side)
        count = c.pick(*self.counts)
        return self.call("IF", [self.less(count, c.number(-1, 3)), count], rows, sequences, "IfOptions",
                         then_subgraph_index=c.index_of(sides[0].g), else_subgraph_index=c.index_of(sides[1].g))

    def call(self, name, first, rows, sequences, table, **options):
        count = self.g.tensor("int32", [])
        of_rows, of_sequences = [self.row() for _ in rows], [self.sequence() for _ in sequences]
        self.node(name, [*first, *rows, *sequences], [count, *of_rows, *of_sequences], table, **options)
        self.counts.append(count)
        self.rows += of_rows
        self.sequences += of_sequences
        return [count, *of_rows, *of_sequences]

    def handed_on(self, arguments, i, values):
        kind = self.c.number(0, 5)
        if kind == 0:
            return arguments[i]
        return self.c.pick(*arguments) if kind == 1 else self.c.pick(*values)

    def fill(self, depth):
        for _ in range(self.c.number(1, 3)):
            self.made()
        if depth > 0 and self.c.chance(0.5):
            some = [self.c.pick(*self.rows) for _ in range(self.c.number(1, 2))]
            sequence = [self.c.pick(*self.sequences)] if self.sequences and self.c.chance(0.5) else []
            self.c.pick(self.loop, self.branches)(some, sequence, depth - 1)
            self.made()


@operator("WHILE IF", "float32 int8")
def control(c):
    c.index_of = lambda graph: c.others.index(graph) + 1
    c.steps = {} if c.type == "float32" else {"scale": c.scale(0.01, 0.1), "zero_point": c.zero_point("int8")}
    c.version = 1 if c.type == "float32" else 2
    c.rounding = 0.0 if c.type == "int8" else 1e-6  # what SUB leaves of values that cancel
    main = Body(c, c, c.number(1, 6), c.number(1, 4))
    main.rows = [c.given(c.type, [1, main.size], **c.steps) for _ in range(c.number(1, 3))]
    if c.chance(0.4):
        main.sequences = [c.given(c.type, [main.length, main.size], **c.steps) for _ in range(c.number(1, 2))]
    main.counts = [c.given("int32", [], lambda dtype, shape: c.r.integers(-1, 4, shape))]
    results = (main.loop if c.name == "WHILE" else main.branches)(list(main.rows), list(main.sequences), 2)
    main.made()
    c.outputs = [*results[1:], main.rows[-1]]
    if c.chance(0.3):
        c.outputs.append(main.counts[-1])
