"""A file that is pruned, clustered and quantized is a plain model to others: the judges answer as mirim does."""

import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
MIRIM = pathlib.Path(__file__).resolve().parents[2] / "build" / "release" / "bin" / "mirim"

try:
    import judges
    import numpy as np

    INSTALLED = judges.version("tflm") and judges.version("litert-ref")
except ImportError:
    INSTALLED = None

NETWORK = """name = "quarters"
[input]
shape = [8, 8, 1]
normalize = { scale = 0.0078431372549, offset = -1.0 }
[[layer]]
type = "conv2d"
filters = 8
stride = 2
batch_norm = true
activation = "relu"
[[layer]]
type = "conv2d"
filters = 8
activation = "relu"
[[layer]]
type = "flatten"
[[layer]]
type = "fully_connected"
units = 4
[[layer]]
type = "softmax"
"""

STEPS = (
    "prune float.tflite --sparsity 0.6 --epochs 1 -o pruned.tflite",
    "prune float.tflite --channels magnitude --sparsity 0.3 --epochs 1 -o thin.tflite",
    "cluster pruned.tflite --clusters 8 --epochs 1 -o clustered.tflite",
    "factorize float.tflite --keep macs --share 0.8 --epochs 1 -o factorized.tflite",
    "quantize clustered.tflite --epochs 1 -o int8.tflite",
    "quantize float.tflite --weights 4 --epochs 1 -o int4.tflite",
    "quantize float.tflite --weights ternary --epochs 1 -o ternary.tflite",
    "quantize float.tflite --weights 4 --rounding adaptive --rounding-steps 50 --correct-bias -o adaptive.tflite",
    "quantize float.tflite --average-bits 5 --equalize -o mixed.tflite",
    "quantize float.tflite --activations 16 -o int16.tflite",
    "quantize float.tflite --weights float16 -o float16.tflite",
)


@unittest.skipIf(INSTALLED is None, "the judges are not installed")
@unittest.skipIf(not MIRIM.exists(), "mirim is not built")
class Compressed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.place.name)
        generator = np.random.default_rng(1)
        labels = generator.integers(0, 4, 400).astype(np.int32)
        images = generator.integers(0, 90, (400, 8, 8, 1)).astype(np.uint8)
        for image, label in zip(images, labels, strict=True):
            image[label // 2 * 4 : label // 2 * 4 + 4, label % 2 * 4 : label % 2 * 4 + 4] += 120
        np.save(cls.folder / "x.npy", images)
        np.save(cls.folder / "y.npy", labels)
        (cls.folder / "net.toml").write_text(NETWORK)
        cls.mirim("train net.toml --epochs 4 --learning-rate 0.01 -o float.tflite")
        for step in STEPS:
            cls.mirim(step)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    @classmethod
    def mirim(cls, arguments, data="--data npy:x.npy,y.npy"):
        command = [str(MIRIM), *arguments.split(), *data.split()]
        done = subprocess.run(command, cwd=cls.folder, capture_output=True, text=True)
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stderr}")

    def answers(self, name, judge):
        """Of mirim and of a judge, to the same random input."""
        model = (self.folder / name).read_bytes()
        (shape,), (dtype,) = judges.input_shapes(model), judges.input_types(model)
        generator = np.random.default_rng(7)
        if np.issubdtype(np.dtype(dtype), np.integer):
            limits = np.iinfo(dtype)
            x = generator.integers(limits.min, limits.max + 1, shape).astype(dtype)
        else:
            x = generator.uniform(0, 255, shape).astype(np.float32)
        np.save(self.folder / "in.npy", x)
        self.mirim(f"run {name} --input in.npy --output out.npy", data="")
        ((theirs,),) = judges.run(judge, model, [[x]])
        return np.load(self.folder / "out.npy").reshape(-1), theirs.reshape(-1)

    def test_integer_files_give_the_bits_of_tflite_micro(self):
        for name in ("int8.tflite", "int4.tflite", "ternary.tflite", "adaptive.tflite", "mixed.tflite", "int16.tflite"):
            with self.subTest(name):
                mine, theirs = self.answers(name, "tflm")
                self.assertEqual(mine.tobytes(), theirs.tobytes())

    def test_float_files_give_the_answers_of_litert(self):
        for name in ("pruned.tflite", "thin.tflite", "clustered.tflite", "factorized.tflite", "float16.tflite"):
            with self.subTest(name):
                mine, theirs = self.answers(name, "litert-ref")
                np.testing.assert_allclose(mine, theirs, atol=1e-5)

    def test_litert_runs_int16_activations(self):
        mine, theirs = self.answers("int16.tflite", "litert-ref")
        # A softmax of int16: LiteRT's own reference differs from tflite-micro's by a step.
        np.testing.assert_allclose(mine.astype(int), theirs.astype(int), atol=1)


if __name__ == "__main__":
    unittest.main()
