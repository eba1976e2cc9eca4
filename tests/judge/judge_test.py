"""The golden files against the judge that they are from, where it is installed."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden"

try:
    import judges
    import make_golden_models
    import make_golden_state
    import numpy as np

    JUDGE = judges.version("tflm")
except ImportError:
    JUDGE = None


@unittest.skipIf(JUDGE is None, "the judges are not installed")
class Golden(unittest.TestCase):
    def test_operators_are_what_their_judges_give(self):
        for path in sorted(GOLDEN.glob("*.tflite")):
            with self.subTest(path.stem):
                model = path.read_bytes()
                judge = next(name for name in ("tflm", "litert", "litert-ref") if judges.version(name).encode() in model)
                stored = np.load(path.with_suffix(".npy")).tobytes()
                inputs, at = [], 0
                for shape, dtype in zip(judges.input_shapes(model), judges.input_types(model), strict=True):
                    size = int(np.prod(shape)) * np.dtype(dtype).itemsize
                    inputs.append(np.frombuffer(stored[at : at + size], dtype).reshape(shape))
                    at += size
                (outputs,) = judges.run(judge, model, [inputs])
                if judge == "litert" and all(y.dtype == np.float32 for y in outputs):
                    # Its fast kernels add floats in an order that the processor decides.
                    given = np.concatenate([y.reshape(-1) for y in outputs])
                    np.testing.assert_allclose(given, np.frombuffer(stored[at:], np.float32), rtol=1e-5, atol=1e-6)
                    continue
                self.assertEqual(b"".join(y.tobytes() for y in outputs), stored[at:])

    def test_networks_are_what_tflite_micro_gives(self):
        for path in sorted((GOLDEN / "networks").glob("*.tflite")):
            with self.subTest(path.stem):
                model, stored = path.read_bytes(), np.load(path.with_suffix(".npy")).view(np.int8)
                (shape,) = judges.input_shapes(model)
                size = int(np.prod(shape))
                inputs = [[row.reshape(shape)] for row in np.split(stored[: 4 * size], 4)]
                outputs = np.concatenate([y.reshape(-1) for (y,) in judges.run("tflm", model, inputs)])
                self.assertTrue((outputs == stored[4 * size :]).all())

    def test_states_are_what_tflite_micro_gives(self):
        for path in sorted((GOLDEN / "state").glob("*.tflite")):
            with self.subTest(path.stem):
                model, stored = path.read_bytes(), np.load(path.with_suffix(".npy")).tobytes()
                runs, at = [], 0
                for _ in range(make_golden_state.RUNS):
                    runs.append([])
                    for shape, dtype in zip(judges.input_shapes(model), judges.input_types(model), strict=True):
                        size = int(np.prod(shape)) * np.dtype(dtype).itemsize
                        runs[-1].append(np.frombuffer(stored[at : at + size], dtype).reshape(shape))
                        at += size
                outputs = judges.run("tflm", model, runs)
                self.assertEqual(b"".join(y.tobytes() for run in outputs for y in run), stored[at:])
        for name in make_golden_state.MODELS:
            if not make_golden_models.DATA.exists():
                self.skipTest("shared/data is not there")
            with self.subTest(name):
                self.assertTrue((make_golden_state.model_outputs(name) == np.load(GOLDEN / "state" / f"{name}.npy")).all())

    def test_models_are_what_tflite_micro_gives(self):
        self.assertEqual((GOLDEN / "models" / "made_by.txt").read_text(), JUDGE + "\n")
        for name, group in make_golden_models.MODELS.items():
            path = make_golden_models.DATA / "models" / group / f"{name}.tflite"
            if not path.exists():
                self.skipTest(f"{path} is not there")
            with self.subTest(name):
                self.assertTrue((make_golden_models.outputs(name) == np.load(GOLDEN / "models" / f"{name}.npy")).all())


if __name__ == "__main__":
    unittest.main()
