#!/usr/bin/env python3
"""Whether models answer as others do in the judges:

    tests/judge/same_answers.py ONE.tflite OTHER.tflite [ONE.tflite OTHER.tflite ...]

On three random inputs in tflite-micro and in LiteRT's reference kernels: the same bits for integers, floats within 1e-5
of the largest. A judge that refuses ONE is not asked about OTHER. Prints a line for each difference and exits 1 when
there is one, or when no judge accepted any ONE."""

import pathlib
import sys

import judges
import numpy as np


def random_inputs(model, generator):
    inputs = []
    for shape, dtype in zip(judges.input_shapes(model), judges.input_types(model), strict=True):
        if dtype == "int8":
            inputs.append(generator.integers(-128, 128, shape).astype(np.int8))
        else:
            inputs.append(generator.standard_normal(shape).astype(np.float32))
    return inputs


def largest_difference(a, b):
    if a.dtype != b.dtype or a.shape != b.shape:
        return f"{a.dtype}{a.shape} and {b.dtype}{b.shape}"
    difference = np.abs(a.astype(np.float64) - b.astype(np.float64)).max(initial=0)
    allowed = 1e-5 * max(np.abs(a).max(initial=0), 1e-30) if a.dtype == np.float32 else 0
    return None if difference <= allowed else f"by {difference}"


def compare(one, other, judge):
    """None when all is equal, False when the judge refuses `one`, else what differs."""
    generator = np.random.default_rng(7)
    runs = [random_inputs(one, generator) for _ in range(3)]
    try:
        expected = judges.run(judge, one, runs)
    except judges.Refused:
        return False
    if any(np.isnan(a).any() for run in expected for a in run if a.dtype == np.float32):
        return False  # tflite-micro takes an LSTM of int8 weights and float activations, which it cannot compute
    try:
        found = judges.run(judge, other, runs)
    except judges.Refused as why:
        return str(why)
    for expected_run, found_run in zip(expected, found, strict=True):
        for a, b in zip(expected_run, found_run, strict=True):
            if difference := largest_difference(a, b):
                return difference
    return None


def main(paths):
    compared, failed = 0, False
    for one, other in zip(paths[::2], paths[1::2], strict=True):
        for judge in ("tflm", "litert-ref"):
            result = compare(pathlib.Path(one).read_bytes(), pathlib.Path(other).read_bytes(), judge)
            compared += result is not False
            if isinstance(result, str):
                print(f"{other}: {judge} answers otherwise than with {one}: {result}")
                failed = True
    print(f"{compared} comparisons")
    return 1 if failed or compared == 0 else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
