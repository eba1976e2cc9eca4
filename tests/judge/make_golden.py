#!/usr/bin/env python3
"""Writes tests/golden: for each operator one .tflite with many independent nodes, each with inputs and outputs of its
own, and one .npy of bytes with all inputs and then all outputs that its judge gave (tflite-micro, or LiteRT's reference
kernels for what that lacks), in the graph's order. Besides, networks/0.tflite ... and their .npy: the inputs of four runs and then their outputs.

    tests/judge/make_golden.py [OPERATOR ... | networks]     with the python that tests/judge/setup prints

A case that the judge refuses is left out, and said so. The description in the .tflite names judge and version."""

import pathlib
import sys
import zlib

import cases
import judges
import networks
import numpy as np
import tflite_writer

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"


def shape_and_type(model, index):
    fields = model.tensors[index].fields
    return tuple(fields[0]), {code: name for name, code in tflite_writer.TYPES.items()}[fields[1][1]]


def random_input(r, shape, dtype):
    if dtype == "float32":
        return (r.standard_normal(shape) * 4).astype(np.float32)
    if dtype == "complex64":
        return (r.standard_normal(shape) + 1j * r.standard_normal(shape)).astype(np.complex64)
    if dtype == "bool":
        return r.integers(0, 2, shape).astype(bool)
    if dtype in ("int32", "int64"):
        return r.integers(-1000, 1000, shape, dtype=dtype)
    limits = np.iinfo(dtype)
    if shape == (1, 256) and limits.bits == 8:
        return np.arange(limits.min, limits.max + 1).astype(dtype).reshape(shape)
    return r.integers(limits.min, limits.max + 1, shape, dtype=dtype)


def inputs_of(model, r):
    """What its makers drew, else anything."""
    drawn = vars(model).get("drawn", {})
    return [drawn[i] if i in drawn else random_input(r, *shape_and_type(model, i)) for i in model.inputs]


def make(operator):
    maker, count, *judge = cases.OPERATORS[operator]
    judge = judge[0] if judge else "tflm"
    model, r = tflite_writer.Model(), np.random.default_rng(zlib.crc32(operator.encode()))
    refused = 0
    for seed in r.integers(0, 2**31, count).tolist():
        # Each case alone first, so that one that brings the judge down takes no other with it.
        alone = tflite_writer.Model()
        maker(alone, np.random.default_rng(seed))
        inputs = inputs_of(alone, r)
        try:
            judges.run(judge, alone.bytes(), [inputs])
        except judges.Refused as why:
            refused += 1
            print(f"{operator}, seed {seed}: {why}", file=sys.stderr)
            continue
        maker(model, np.random.default_rng(seed))
    inputs = inputs_of(model, r)
    content = model.bytes(f"outputs by {judges.version(judge)}")
    (outputs,) = judges.run(judge, content, [inputs])
    assert len(outputs) == len(model.outputs)
    flat = np.concatenate([np.ascontiguousarray(a).reshape(-1).view(np.uint8) for a in inputs + outputs])
    (GOLDEN / f"{operator}.tflite").write_bytes(content)
    np.save(GOLDEN / f"{operator}.npy", flat)
    print(f"{operator}: {len(model.operators)} cases, {refused} refused, {len(content) + flat.size} bytes")


def make_networks(count=12, runs=4):
    folder = GOLDEN / "networks"
    folder.mkdir(exist_ok=True)
    for seed in range(count):
        content = networks.network(seed).bytes(f"outputs by {judges.version('tflm')}")
        r = np.random.default_rng(seed)
        (shape,) = judges.input_shapes(content)
        inputs = [[r.integers(-128, 128, shape, dtype=np.int8)] for _ in range(runs)]
        outputs = judges.run("tflm", content, inputs)
        (folder / f"{seed}.tflite").write_bytes(content)
        np.save(folder / f"{seed}.npy", np.concatenate([a.reshape(-1) for (a,) in inputs + outputs]).view(np.uint8))


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for name in sys.argv[1:] or [*cases.OPERATORS, "networks"]:
        make_networks() if name == "networks" else make(name)
