"""The files of the chart of networks (recipes/zoo), float and integer, after a short training: LiteRT must load each and
give the answers of `mirim run`, sample for sample, its state carried on: floats within 1e-4 of the largest, integers
within a few steps."""

import pathlib
import subprocess
import sys
import tempfile
import tomllib
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ROOT = pathlib.Path(__file__).resolve().parents[2]

try:
    import judges
    import numpy as np
except ImportError:
    judges = None

SAMPLES = 8
STEPS = 8  # of an integer answer: a step of rounding grows from layer to layer, and behind an exponential


def mirim():
    """The newest build of the program, or None."""
    built = [ROOT / "build" / preset / "bin" / "mirim" for preset in ("release", "dev")]
    return max((p for p in built if p.exists()), key=lambda p: p.stat().st_mtime, default=None)


def run(*words):
    return subprocess.run([str(word) for word in (mirim(), *words)], check=True, capture_output=True, text=True, cwd=ROOT)


def data_options(recipe):
    data = recipe["data"]
    options = ["--data", data["set"], "--validation", 0, "--train-limit", 1000, "--test-limit", 100]
    if "test" in data:
        options += ["--test", data["test"]]
    return options


def files(name, folder):
    """The float and the integer file of a recipe; float16 in place of the latter where it has no integers."""
    recipe = tomllib.loads((ROOT / f"recipes/zoo/{name}.toml").read_text())
    model = (ROOT / "recipes/zoo" / recipe["model"]).resolve()
    quantize = recipe.get("quantize", {})
    halves = quantize.get("weights") == "float16"
    floats, smaller = folder / "float.tflite", folder / ("float16.tflite" if halves else "int8.tflite")
    train = ["--epochs", 1, "--batch", 16]
    if "loss" in recipe.get("train", {}):
        train += ["--loss", recipe["train"]["loss"]]
    run("train", model, *data_options(recipe), *train, "-o", floats)
    how = ["--weights", "float16"] if halves else ["--samples", 50, "--activations", quantize.get("activations", 8)]
    run("quantize", floats, *data_options(recipe), *how, "-o", smaller)
    return floats, smaller


def inputs(model, generator):
    """SAMPLES random samples of each input: floats normal, integers over half of their range."""
    shapes, types = judges.input_shapes(model), judges.input_types(model)
    made = []
    for shape, dtype in zip(shapes, types, strict=True):
        size = (SAMPLES, *shape)
        if dtype == "float32":
            made.append(generator.standard_normal(size).astype(np.float32))
        elif dtype == "int32":
            made.append(generator.integers(0, 2, size).astype(np.int32))
        else:
            most = np.iinfo(dtype).max // 2
            made.append(generator.integers(-most, most, size).astype(dtype))
    return made


@unittest.skipIf(judges is None, "the judges are not installed")
@unittest.skipIf(mirim() is None, "mirim is not built")
@unittest.skipIf(not (ROOT / "../shared/data").exists(), "no ../shared/data")
class ZooFiles(unittest.TestCase):
    def test_litert_gives_the_answers_of_mirim(self):
        names = sorted(path.stem for path in (ROOT / "recipes/zoo").glob("*.toml"))
        self.assertGreater(len(names), 20)
        for name in names:
            with tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                for path in files(name, folder):
                    with self.subTest(f"{name} {path.stem}"):
                        self.expect_equal(path, folder)

    def expect_equal(self, path, folder):
        model = path.read_bytes()
        x = inputs(model, np.random.default_rng(3))
        given = []
        for i, array in enumerate(x):
            np.save(folder / f"x{i}.npy", array)
            given += ["--input", folder / f"x{i}.npy"]
        run("run", path, *given, "--output", folder / "y.npy")
        found = np.load(folder / "y.npy").astype(np.float64)
        runs = [[array[n] for array in x] for n in range(SAMPLES)]
        if path.stem.startswith("float"):
            judged = self.answers("litert", model, runs, found)
            self.assertLessEqual(np.abs(found - judged).max(), 1e-4 * max(1.0, np.abs(judged).max()))
            return
        # Its fast kernels round some integers otherwise, its reference kernels others and sum wrongly
        # (findings/litert_reference_sum.sh): one of them must agree.
        self.assertLessEqual(min(np.abs(found - self.answers(judge, model, runs, found)).max()
                                 for judge in ("litert-ref", "litert")), STEPS)

    def answers(self, judge, model, runs, like):
        return np.stack([outputs[0] for outputs in judges.run(judge, model, runs)]).astype(np.float64).reshape(like.shape)


if __name__ == "__main__":
    unittest.main()
