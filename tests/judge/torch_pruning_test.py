"""`mirim prune` against PyTorch's torch.nn.utils.prune: the same trained network, the same data and schedule, one global
threshold of magnitudes. Without training both choose the same zeros; with it both reach the same accuracy over seeds."""

import json
import lzma
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ROOT = pathlib.Path(__file__).resolve().parents[2]
MIRIM = ROOT / "build" / "release" / "bin" / "mirim"
DIGITS = ROOT.parent / "shared" / "data" / "datasets" / "mnist_subset"
PYTHON = "/usr/bin/python3"  # Debian's python3-torch is of the system's Python

try:
    import judges
    import numpy as np
except ImportError:
    judges = None

NETWORK = """name = "small"
[input]
shape = [28, 28, 1]
normalize = { scale = 0.00392156862745098 }
[[layer]]
type = "conv2d"
filters = 8
kernel = 3
stride = 2
padding = "valid"
activation = "relu"
[[layer]]
type = "flatten"
[[layer]]
type = "fully_connected"
units = 32
activation = "relu"
[[layer]]
type = "fully_connected"
units = 10
[[layer]]
type = "softmax"
"""
LAYERS = ("conv2d_1", "fully_connected_1", "fully_connected_2")
SPARSITY, STAGES, EPOCHS = 0.95, 4, 3
SEEDS = range(1, 6)
T = 2.776  # Student's t for 95 % and the 4 degrees of freedom of 5 seeds
SLACK = 0.2  # points: 1 interval in 20 is missed by chance, and other processors give other bits


def has_torch():
    try:
        return subprocess.run([PYTHON, "-c", "import torch, numpy"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False


def share(progress):
    """Zhu and Gupta's cube, as docs/compression.md has it."""
    return SPARSITY * (1 - (1 - progress) ** 3)


@unittest.skipIf(judges is None, "the judges are not installed")
@unittest.skipIf(not MIRIM.exists(), "mirim is not built")
@unittest.skipIf(not DIGITS.exists(), "../shared/data is not there")
@unittest.skipIf(not has_torch(), "PyTorch is not installed (python3-torch)")
class TorchPruning(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.place = tempfile.TemporaryDirectory()
        cls.folder = pathlib.Path(cls.place.name)
        for name, file, some in (("train", "train12k", 6000), ("test", "test3k", 3000)):
            images = lzma.open(DIGITS / f"{file}-images-idx3-ubyte.xz").read()
            labels = (DIGITS / f"{file}-labels-idx1-ubyte").read_bytes()
            np.save(cls.folder / f"{name}_x.npy", np.frombuffer(images, np.uint8, offset=16).reshape(-1, 28, 28, 1)[:some])
            np.save(cls.folder / f"{name}_y.npy", np.frombuffer(labels, np.uint8, offset=8)[:some].astype(np.int32))
        (cls.folder / "net.toml").write_text(NETWORK)
        cls.mirim("train net.toml -o float.tflite --validation 0 --epochs 3")
        for layer, weights, bias in cls.constants("float.tflite"):
            np.save(cls.folder / f"{layer}.weights.npy", weights)
            np.save(cls.folder / f"{layer}.bias.npy", bias)

    @classmethod
    def tearDownClass(cls):
        cls.place.cleanup()

    @classmethod
    def mirim(cls, arguments):
        data = "--data npy:train_x.npy,train_y.npy --test npy:test_x.npy,test_y.npy"
        done = subprocess.run(
            [str(MIRIM), *arguments.split(), *data.split()], cwd=cls.folder, capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise AssertionError(f"{arguments}: {done.stderr}")
        return done.stdout

    @classmethod
    def constants(cls, name):
        """(layer, weights, bias) of the three layers, in their order."""
        found = judges.weights_and_bias((cls.folder / name).read_bytes())
        return [(layer, *arrays) for layer, arrays in zip(LAYERS, found, strict=True)]

    def accuracy(self, name):
        return json.loads(self.mirim(f"eval {name} --json"))["accuracy"]

    def torch(self, **request):
        request = {"epochs": EPOCHS, "until": 0.5, "batch": 64, "learning_rate": 0.001, "seed": 1} | request
        done = subprocess.run(
            [PYTHON, str(pathlib.Path(__file__).parent / "torch_pruning.py"), str(self.folder)],
            input=json.dumps(request),
            capture_output=True,
            text=True,
            check=False,
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_without_training_the_zeros_are_the_same(self):
        self.mirim(f"prune float.tflite -o pruned.tflite --scope global --sparsity {SPARSITY} --epochs 0")
        theirs = self.torch(epochs=0, shares=[SPARSITY])
        self.assertAlmostEqual(theirs["before"], self.accuracy("float.tflite"), delta=1.5 / 3000)  # floats may tie
        for layer, weights, _ in self.constants("pruned.tflite"):
            np.testing.assert_array_equal((weights.reshape(-1) != 0).astype(int), theirs["masks"][layer], layer)
        self.assertAlmostEqual(theirs["after"], self.accuracy("pruned.tflite"), delta=1.5 / 3000)

    def agree_over_seeds(self, name, options, shares):
        """The mean of the differences at the same seed is 0 as far as its 95 % interval says."""
        mine, theirs = [], []
        for seed in SEEDS:
            self.mirim(
                f"prune float.tflite -o pruned.tflite --scope global --sparsity {SPARSITY} --epochs {EPOCHS} "
                f"--learning-rate 0.001 --schedule constant --batch 64 --validation 0 --seed {seed} {options}"
            )
            mine.append(100 * self.accuracy("pruned.tflite"))
            theirs.append(100 * self.torch(shares=shares, seed=seed)["after"])
        difference = np.array(mine) - np.array(theirs)
        half = T * difference.std(ddof=1) / len(difference) ** 0.5
        print(
            f"note: {name}, {SPARSITY:.0%} zeros, 5 seeds: mirim {np.mean(mine):.2f} %, "
            f"PyTorch {np.mean(theirs):.2f} %, difference {difference.mean():+.2f} ± {half:.2f} points",
            file=sys.stderr,
        )
        self.assertLessEqual(abs(difference.mean()), half + SLACK, f"{mine} {theirs}")

    def test_pruned_at_once_and_trained_it_is_as_good(self):
        self.agree_over_seeds("at once", "--begin 0 --end 0", [SPARSITY])

    def test_pruned_in_stages_while_it_is_trained_it_is_as_good(self):
        shares = [share(stage / STAGES) for stage in range(STAGES + 1)]
        self.agree_over_seeds("in 4 stages", f"--begin 0 --end 0.5 --stages {STAGES}", shares)


if __name__ == "__main__":
    unittest.main()
