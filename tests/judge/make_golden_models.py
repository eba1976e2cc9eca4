#!/usr/bin/env python3
"""Writes tests/golden/models: what tflite-micro gives for whole int8 models of ../shared/data (MLPerf Tiny's four and
some of tflite-micro's own examples), one NAME.npy of int8 [runs, outputs] each.

    tests/judge/make_golden_models.py     with the python that tests/judge/setup prints

Runs 0 to 9 are data, where there are some (rows 0, 100, 200, ... of kws01, images 0, 100, 200, ... of the CIFAR-10 test
file, each pixel minus 128); the further ten are made by `pseudo_random` with seeds 0 to 9, which a test in another
language can make again. Besides, kws_dscnn_float32.npy: what LiteRT's reference kernels give, in floats."""

import lzma
import pathlib

import judges
import numpy as np

ROOT = pathlib.Path(__file__).resolve().parents[2]
DATA = ROOT.parent / "shared" / "data"
MODELS = {
    "kws_dscnn_int8": "mlperf_tiny",
    "ic_resnet8_int8": "mlperf_tiny",
    "vww_mobilenetv1_025_96_int8": "mlperf_tiny",
    "ad_autoencoder_int8": "mlperf_tiny",
    "hello_world_int8": "tflm",
    "micro_speech_int8": "tflm",
    "person_detect_int8": "tflm",
}


def pseudo_random(seed, shape):
    """x = x * 1664525 + 1013904223 modulo 2^32 from x = seed; each step gives the top byte of x, as int8."""
    values, x = np.empty(int(np.prod(shape)), np.uint8), seed
    for i in range(values.size):
        x = (x * 1664525 + 1013904223) & 0xFFFFFFFF
        values[i] = x >> 24
    return values.view(np.int8).reshape(shape)


def kws_rows():
    return np.load(DATA / "kws01" / "kws01_x_int8.npy")[0:1000:100]


def cifar_images():
    records = np.frombuffer(lzma.open(DATA / "datasets" / "cifar10" / "test_batch.bin.xz").read(), np.uint8)
    pixels = records.reshape(-1, 3073)[0:1000:100, 1:].reshape(-1, 3, 32, 32).transpose(0, 2, 3, 1)
    return (pixels.astype(np.int16) - 128).astype(np.int8)


REAL = {"kws_dscnn_int8": kws_rows, "ic_resnet8_int8": cifar_images}


def outputs(name):
    """What tflite-micro gives for all runs of a model, [runs, outputs]."""
    model = (DATA / "models" / MODELS[name] / f"{name}.tflite").read_bytes()
    (shape,) = judges.input_shapes(model)
    inputs = [row.reshape(shape) for row in REAL[name]()] if name in REAL else []
    inputs += [pseudo_random(seed, shape) for seed in range(10)]
    return np.stack([run[0].reshape(-1) for run in judges.run("tflm", model, [[x] for x in inputs])])


def dynamic_outputs(name="kws_dscnn_float32"):
    """What LiteRT's reference kernels give for a dynamic-range model, on the inputs of models/reference_io."""
    model = (DATA / "models" / "mlperf_tiny" / f"{name}.tflite").read_bytes()
    inputs = np.load(DATA / "models" / "reference_io" / f"mlperf_tiny__{name}.in0.npy")
    return np.stack([run[0].reshape(-1) for run in judges.run("litert-ref", model, [[x] for x in inputs])])


if __name__ == "__main__":
    folder = ROOT / "tests" / "golden" / "models"
    folder.mkdir(parents=True, exist_ok=True)
    for model_name in MODELS:
        np.save(folder / f"{model_name}.npy", outputs(model_name))
    np.save(folder / "kws_dscnn_float32.npy", dynamic_outputs())
    (folder / "made_by.txt").write_text(judges.version("tflm") + "\n")
