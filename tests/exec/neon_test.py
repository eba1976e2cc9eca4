"""The int8 kernels on NEON: cross-compiled, run under qemu-user, compared with the device kernels bit for bit."""

import pathlib
import shutil
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COMPILER, EMULATOR = "aarch64-linux-gnu-g++", "qemu-aarch64"
SOURCES = ["tests/exec/neon_bits.cpp", "mirim/exec/int8/neon.cpp", "mirim/exec/int8/packing.cpp",
           "mirim/exec/int8/float_scale.cpp", "mirim/base/error.cpp", "mirim/base/random.cpp"]


class Neon(unittest.TestCase):
    def setUp(self):
        for program, package in ((COMPILER, "g++-aarch64-linux-gnu"), (EMULATOR, "qemu-user")):
            if not shutil.which(program):
                self.skipTest(f"{program} is not installed (package {package})")

    def run_with(self, architecture):
        with tempfile.TemporaryDirectory() as folder:
            # Of the host's headers only fmt's, which are the same for every processor.
            (pathlib.Path(folder) / "fmt").symlink_to("/usr/include/fmt")
            program = pathlib.Path(folder) / "neon_bits"
            subprocess.run([COMPILER, "-std=c++20", "-O1", "-static", f"-march={architecture}", "-DFMT_HEADER_ONLY", f"-I{ROOT}",
                            f"-isystem{folder}", "-o", program, *(ROOT / s for s in SOURCES)], check=True)
            done = subprocess.run([EMULATOR, "-cpu", "max", program], stdout=subprocess.PIPE, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_bits_with_sdot(self):
        self.run_with("armv8.2-a+dotprod")

    def test_bits_without_sdot(self):
        self.run_with("armv8-a")


if __name__ == "__main__":
    unittest.main()
