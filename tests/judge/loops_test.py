"""Loops of converters, quantized, pruned or trained, are WHILE again when they are written: the judges answer as mirim does."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ROOT = pathlib.Path(__file__).resolve().parents[2]
MIRIM = ROOT / "build" / "release" / "bin" / "mirim"
LOOPS = sorted((ROOT / "tests" / "golden" / "loops").glob("*.tflite"))

try:
    import judges
    import numpy as np

    INSTALLED = judges.version("tflm") and judges.version("litert-ref")
except ImportError:
    INSTALLED = None

STEPS = {
    "int8": "quantize {} --data npy:x.npy -o {}",
    "pruned": "prune {} --data npy:x.npy,y.npy --sparsity 0.5 --epochs 0 -o {}",
    "trained": "train {} --data npy:x.npy,y.npy --epochs 1 -o {}",
}


@unittest.skipIf(INSTALLED is None, "the judges are not installed")
@unittest.skipIf(not MIRIM.exists(), "mirim is not built")
class Loops(unittest.TestCase):
    def run_mirim(self, command):
        ended = subprocess.run([MIRIM, *command.split()], cwd=self.folder, capture_output=True, text=True)
        self.assertEqual(0, ended.returncode, f"{command}: {ended.stderr}")

    def answers(self, model, x):
        """mirim's, of two runs."""
        np.save(self.folder / "two.npy", x[:2, None])
        self.run_mirim(f"run {model} --input two.npy --output two.out.npy")
        return np.load(self.folder / "two.out.npy")

    def judged(self, model, x):
        content = (self.folder / model).read_bytes()
        for judge in ("tflm", "litert-ref"):
            result = judges.run_many(judge, [(content, [[x[0][None]], [x[1][None]]])])[0]
            if not isinstance(result, judges.Refused):
                return judge, np.stack([np.asarray(run[0]) for run in result])
        return self.fail(f"no judge runs {model}: {result}")

    def test_written_files_have_the_judges_answers(self):
        taken = 0
        for path in LOOPS:
            shape = judges.input_shapes(path.read_bytes())[0]
            for kind, step in STEPS.items():
                if kind == "trained" and "gru" not in path.stem or kind != "int8" and "seq" in path.stem:
                    continue  # LSTM and RNN have no gradient; labels for each step are no classes
                with self.subTest(f"{path.stem} {kind}"), tempfile.TemporaryDirectory() as folder:
                    self.folder = pathlib.Path(folder)
                    r = np.random.default_rng(1)
                    x = r.standard_normal([40, *shape[1:]]).astype(np.float32)
                    np.save(self.folder / "x.npy", x)
                    classes = np.load(path.with_suffix(".out0.npy")).shape[-1]
                    np.save(self.folder / "y.npy", np.arange(40, dtype=np.int32) % classes)
                    (self.folder / "float.tflite").write_bytes(path.read_bytes())
                    self.run_mirim(step.format("float.tflite", "made.tflite"))
                    given = r.integers(-128, 128, x.shape).astype(np.int8) if kind == "int8" else x
                    found, (judge, expected) = self.answers("made.tflite", given), self.judged("made.tflite", given)
                    if kind == "int8":
                        steps = np.abs(found.astype(int) - expected.astype(int)).max()
                        self.assertLessEqual(steps, 0 if judge == "tflm" else 1, judge)
                    else:
                        np.testing.assert_allclose(found, expected, atol=1e-5 * np.abs(expected).max(), rtol=0)
                    taken += 1
        self.assertGreaterEqual(taken, 12)


if __name__ == "__main__":
    unittest.main()
