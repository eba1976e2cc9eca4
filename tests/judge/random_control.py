"""Random models of WHILE and IF: bodies of a few operators on values that go round, swap places, are handed on, or come
out of branches; loops in loops and branches in loops."""

import numpy as np
from random_case import CODES, FIELDS, TABLES, operator

FLOAT_UNARY = ("TANH", "LOGISTIC", "RELU", "ABS")


class Body:
    """A graph in the making whose values are float32 of one shape, or int32 numbers."""

    def __init__(self, c, graph, shape):
        self.c, self.g, self.shape = c, graph, shape
        self.floats, self.counts = [], []

    def node(self, name, inputs, outputs, table=None, version=1, **options):
        fields = {FIELDS[table][n][0]: ("int32" if FIELDS[table][n][1] == "int" else "int8", v)
                  for n, v in options.items()} if table else {}
        self.g.operator(CODES[name], version, inputs, outputs, TABLES[table] if table else 0, fields)
        return outputs[0]

    def number(self, value):
        return self.g.tensor("int32", [], np.array(value, np.int32))

    def plus(self, count, value):
        return self.node("ADD", [count, self.number(value)], [self.g.tensor("int32", [])], "AddOptions")

    def less(self, count, value):
        return self.node("LESS", [count, self.number(value)], [self.g.tensor("bool", [])])

    def made(self):
        """A value that one of a few operators makes of the others."""
        c, a, b = self.c, self.c.pick(*self.floats), self.c.pick(*self.floats)
        result = self.g.tensor("float32", self.shape)
        kind = c.number(0, 4)
        if kind == 0:
            self.node(c.pick(*FLOAT_UNARY), [a], [result])
        elif kind == 1:
            self.node("ADD", [a, b], [result], "AddOptions")
        elif kind == 2:
            half = self.g.tensor("float32", [], np.array(c.r.uniform(-0.9, 0.9), np.float32))
            self.node("MUL", [a, half], [result], "MulOptions")
        elif kind == 3:
            size = self.shape[-1]
            weights = (c.r.standard_normal((size, size)) / size).astype(np.float32)
            self.node("FULLY_CONNECTED", [a, self.g.tensor("float32", weights.shape, weights), -1], [result],
                      "FullyConnectedOptions", keep_num_dims=1, version=5)
        else:
            self.node("SUB", [a, b], [result], "SubOptions")
        self.floats.append(result)
        return result

    def take(self, floats):
        """Inputs of the graph: a count, then `floats` values."""
        self.counts = [self.g.tensor("int32", [])]
        self.floats = [self.g.tensor("float32", self.shape) for _ in range(floats)]
        self.g.inputs = self.counts + list(self.floats)

    def loop(self, floats, depth):
        """A WHILE over a new count and these values; returns what they are after it."""
        c, rounds, start = self.c, self.c.number(0, 4), self.c.number(-1, 2)
        condition = Body(c, c.subgraph(), self.shape)
        condition.take(len(floats))
        condition.g.outputs = [condition.less(condition.counts[0], start + rounds)]
        body = Body(c, c.subgraph(), self.shape)
        body.take(len(floats))
        arguments = list(body.floats)
        body.fill(depth)
        results = [body.handed_on(arguments, i) for i in range(len(floats))]
        body.g.outputs = [body.plus(body.counts[0], 1), *results]
        return self.call("WHILE", [self.number(start), *floats], 1, "WhileOptions",
                         cond_subgraph_index=c.index_of(condition.g), body_subgraph_index=c.index_of(body.g))

    def branches(self, floats, depth):
        """An IF on a count, or on one of two constants; returns as many values as were given."""
        c = self.c
        sides = []
        for _ in range(2):
            side = Body(c, c.subgraph(), self.shape)
            side.take(len(floats))
            arguments = list(side.floats)
            side.fill(depth)
            side.g.outputs = [side.plus(side.counts[0], c.number(0, 3))]
            side.g.outputs += [side.handed_on(arguments, i) for i in range(len(floats))]
            sides.append(side)
        count = c.pick(*self.counts)
        return self.call("IF", [self.less(count, c.number(-1, 3)), count, *floats], 1, "IfOptions",
                         then_subgraph_index=c.index_of(sides[0].g), else_subgraph_index=c.index_of(sides[1].g))

    def call(self, name, inputs, counts, table, **options):
        floats = len(inputs) - counts - (1 if name == "IF" else 0)
        outputs = [self.g.tensor("int32", []) for _ in range(counts)]
        outputs += [self.g.tensor("float32", self.shape) for _ in range(floats)]
        self.node(name, inputs, outputs, table, **options)
        self.counts.append(outputs[0])
        self.floats += outputs[counts:]
        return outputs[counts:]

    def handed_on(self, arguments, i):
        """What argument i becomes: something made, another argument, or itself."""
        kind = self.c.number(0, 5)
        if kind == 0:
            return arguments[i]
        return self.c.pick(*arguments) if kind == 1 else self.c.pick(*self.floats)

    def fill(self, depth):
        for _ in range(self.c.number(1, 3)):
            self.made()
        if depth > 0 and self.c.chance(0.5):
            some = [self.c.pick(*self.floats) for _ in range(self.c.number(1, 2))]
            self.c.pick(self.loop, self.branches)(some, depth - 1)
            self.made()


@operator("WHILE IF", "float32")
def control(c):
    c.index_of = lambda graph: c.others.index(graph) + 1
    shape = [1, c.number(1, 6)]
    main = Body(c, c, shape)
    main.floats = [c.given("float32", shape) for _ in range(c.number(1, 3))]
    main.counts = [c.given("int32", [], lambda dtype, shape: c.r.integers(-1, 4, shape))]
    results = (main.loop if c.name == "WHILE" else main.branches)(list(main.floats), 2)
    c.outputs = [*results, main.made()]
    if c.chance(0.3):
        c.outputs.append(main.counts[-1])
