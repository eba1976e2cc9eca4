"""Golden files of tests/zoo/golden: arrays that a peer gives, a line each, for tests/zoo/golden.hpp. A peer's program ends
with `check`: without an option it compares the file with what the peer gives now, with --write it writes it."""

import pathlib
import sys

import numpy as np

FOLDER = pathlib.Path(__file__).resolve().parent / "golden"


def arrays_text(arrays, digits):
    """{"name": array} as lines "name SHAPE : NUMBERS"."""
    lines = []
    for name, values in arrays.items():
        values = np.asarray(values)
        numbers = " ".join(f"{v:.{digits}g}" for v in values.ravel())
        lines.append(f"{name} {' '.join(map(str, values.shape))} : {numbers}\n")
    return "".join(lines)


def same(a, b, rtol, atol):
    """Equal but for the last digits, which depend on the machine."""
    a, b = a.splitlines(), b.splitlines()
    if len(a) != len(b):
        return False
    for left, right in zip(a, b):
        (head, mine), (other, theirs) = left.rsplit(":", 1), right.rsplit(":", 1)
        if head != other or not np.allclose([float(v) for v in mine.split()], [float(v) for v in theirs.split()], rtol=rtol, atol=atol):
            print(f"differs: {head}")
            return False
    return True


def check(name, made, peer, rtol, atol):
    """Writes golden/NAME.txt if asked to; else ends the program if it has other numbers than `made`."""
    golden = FOLDER / f"{name}.txt"
    if "--write" in sys.argv:
        golden.write_text(made)
    elif not same(golden.read_text(), made, rtol, atol):
        sys.exit(f"{golden}: {peer} gives other numbers now")
