#!/usr/bin/env python3
"""Writes tests/golden/state: for each entry of cases_state.STATEFUL one .tflite of many independent layers that keep
state, and one .npy of bytes: for each of four runs in sequence all inputs, then for each run all outputs that
tflite-micro gave.

    tests/judge/make_golden_state.py [NAME ...]     with the python that tests/judge/setup prints

Besides, NAME.npy of whole models of ../shared/data, as make_golden_models.py writes them: int8 [20, outputs], run on
its pseudo_random with seeds 0 to 19, one after the other."""

import pathlib
import sys
import zlib

import cases_state
import judges
import numpy as np
import tflite_writer
from make_golden_models import DATA, pseudo_random

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "state"
RUNS = 4
MODELS = ("mnist_lstm_int8", "dtln_noise_suppression")


def model_outputs(name):
    model = (DATA / "models" / "tflm" / f"{name}.tflite").read_bytes()
    (shape,) = judges.input_shapes(model)
    runs = [[pseudo_random(seed, shape)] for seed in range(20)]
    return np.stack([run[0].reshape(-1) for run in judges.run("tflm", model, runs)])


def case(name, seed):
    model = tflite_writer.Model()
    cases_state.STATEFUL[name][0](model, np.random.default_rng(seed))
    return model


def make(name):
    model, r = tflite_writer.Model(), np.random.default_rng(zlib.crc32(name.encode()))
    maker, count = cases_state.STATEFUL[name]
    kept = 0
    for seed in r.integers(0, 2**31, count).tolist():
        alone = case(name, seed).bytes()
        try:  # alone first, so that one that brings tflite-micro down takes no other with it
            judges.run("tflm", alone, [judges.random_inputs(alone, np.random.default_rng(seed))])
        except judges.Refused as why:
            print(f"{name}, seed {seed}: {why}", file=sys.stderr)
            continue
        maker(model, np.random.default_rng(seed))
        kept += 1
    content = model.bytes(f"outputs by {judges.version('tflm')}")
    inputs = [judges.random_inputs(content, r) for _ in range(RUNS)]
    outputs = judges.run("tflm", content, inputs)
    flat = [np.ascontiguousarray(a).reshape(-1).view(np.uint8) for run in inputs + outputs for a in run]
    (GOLDEN / f"{name}.tflite").write_bytes(content)
    np.save(GOLDEN / f"{name}.npy", np.concatenate(flat))
    print(f"{name}: {kept} of {count} cases, {len(content)} bytes")


if __name__ == "__main__":
    GOLDEN.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[1:] or [*cases_state.STATEFUL, *MODELS]:
        if name in MODELS:
            np.save(GOLDEN / f"{name}.npy", model_outputs(name))
        else:
            make(name)
