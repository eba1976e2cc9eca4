"""`mirim run` against tflite-micro on whole models, floats included: the same bits. The file that tflite-micro does not take
(float activations with int8 weights) is judged by LiteRT's reference kernels."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ROOT = pathlib.Path(__file__).resolve().parents[2]
MODELS = ROOT.parent / "shared" / "data" / "models"
MIRIM = ROOT / "build" / "release" / "bin" / "mirim"
RUNS = 3

try:
    import judges
    import numpy as np
except ImportError:
    judges = None


def first_answer(model, runs):
    """What the first judge gives that takes the model: a list of arrays [RUNS, ...], one for each output."""
    for judge in ("tflm", "litert-ref"):
        try:
            return [np.stack(outputs) for outputs in zip(*judges.run(judge, model, runs), strict=True)]
        except judges.Refused:
            continue
    raise AssertionError("no judge takes the model")


def answer(path, runs, folder, outputs):
    command = [MIRIM, "run", path]
    for i, inputs in enumerate(zip(*runs, strict=True)):
        np.save(folder / f"x{i}.npy", np.stack(inputs))
        command += ["--input", folder / f"x{i}.npy"]
    for i in range(outputs):
        command += ["--output", folder / f"y{i}.npy"]
    subprocess.run(command, check=True, capture_output=True)
    return [np.load(folder / f"y{i}.npy") for i in range(outputs)]


@unittest.skipIf(judges is None, "the judges are not installed")
@unittest.skipUnless(MODELS.exists(), "shared/data is not there")
class VeryBits(unittest.TestCase):
    def test_models_answer_with_the_bits_of_the_reference_kernels(self):
        paths = sorted(MODELS.glob("*/*.tflite"))
        self.assertGreaterEqual(len(paths), 15)
        for path in paths:
            with self.subTest(path.stem), tempfile.TemporaryDirectory() as folder:
                model, generator = path.read_bytes(), np.random.default_rng(5)
                runs = [judges.random_inputs(model, generator) for _ in range(RUNS)]
                expected = first_answer(model, runs)
                found = answer(path, runs, pathlib.Path(folder), len(expected))
                for a, b in zip(expected, found, strict=True):
                    self.assertEqual((a.dtype, a.shape), (b.dtype, b.shape))
                    self.assertTrue((a == b).all(), np.abs(a.astype(np.float64) - b).max())


if __name__ == "__main__":
    unittest.main()
