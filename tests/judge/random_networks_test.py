"""`mirim run` against tflite-micro on random int8 networks, every bit. MIRIM_SEED=N asks about other networks."""

import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).parent))
ROOT = pathlib.Path(__file__).resolve().parents[2]

try:
    import judges
    import networks
    import numpy as np
except ImportError:
    judges = None

NETWORKS = 20
RUNS = 3


def mirim():
    """The newest build of the program, or None."""
    built = [ROOT / "build" / preset / "bin" / "mirim" for preset in ("release", "dev")]
    return max((p for p in built if p.exists()), key=lambda p: p.stat().st_mtime, default=None)


@unittest.skipIf(judges is None, "the judges are not installed")
@unittest.skipIf(mirim() is None, "mirim is not built")
class RandomNetworks(unittest.TestCase):
    def test_mirim_run_gives_the_bits_of_tflite_micro(self):
        first = 1000 * int(os.environ.get("MIRIM_SEED", "1"))
        for seed in range(first, first + NETWORKS):
            with self.subTest(seed=seed), tempfile.TemporaryDirectory() as folder:
                folder = pathlib.Path(folder)
                model = networks.network(seed).bytes()
                (folder / "model.tflite").write_bytes(model)
                (shape,) = judges.input_shapes(model)
                x = np.random.default_rng(seed).integers(-128, 128, (RUNS, *shape), dtype=np.int8)
                np.save(folder / "x.npy", x)
                subprocess.run([mirim(), "run", folder / "model.tflite", "--input", folder / "x.npy",
                                "--output", folder / "y.npy"], check=True, capture_output=True)
                expected = np.stack([run[0] for run in judges.run("tflm", model, [[row] for row in x])])
                self.assertTrue((np.load(folder / "y.npy").reshape(expected.shape) == expected).all())


if __name__ == "__main__":
    unittest.main()
