#!/usr/bin/env python3
"""Runs a .tflite in a judge:

    tests/judge/run.py --tflm MODEL --input x.npy [--input ...] --output y.npy [--output ...]

An extra first axis of the inputs means that many runs in sequence, and gives the outputs one too. --tflm is tflite-micro
with its reference kernels, --litert LiteRT as it comes, --litert-ref LiteRT's reference kernels. Exits 1 with one line
when the judge refuses the model, 2 on wrong usage."""

import argparse
import pathlib
import sys

import judges
import numpy as np


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    which = parser.add_mutually_exclusive_group(required=True)
    for judge in judges.JUDGES:
        which.add_argument(f"--{judge}", dest="judge", action="store_const", const=judge)
    parser.add_argument("model", type=pathlib.Path)
    parser.add_argument("--input", action="append", required=True, help=".npy, in the model's order")
    parser.add_argument("--output", action="append", required=True, help=".npy to write, in the model's order")
    arguments = parser.parse_args()

    model = arguments.model.read_bytes()
    inputs = [np.load(path) for path in arguments.input]
    many = inputs[0].ndim == len(judges.input_shapes(model)[0]) + 1
    runs = list(zip(*inputs, strict=True)) if many else [inputs]
    try:
        results = judges.run(arguments.judge, model, runs)
    except judges.Refused as why:
        print(f"{arguments.model}: {why}", file=sys.stderr)
        return 1
    for path, outputs in zip(arguments.output, zip(*results, strict=True), strict=True):
        np.save(path, np.stack(outputs) if many else outputs[0])
    return 0


if __name__ == "__main__":
    sys.exit(main())
