"""A liquid state machine in plain numpy: tests/zoo/golden/liquid.txt, for tests/zoo/liquid_test.cpp.

    liquid.py            compares the file with what numpy gives now
    liquid.py --write    writes it

All numbers are multiples of 1/16 and the leak is 3/4, so that few steps are exact in floats and no spike is in doubt."""

import pathlib
import sys

import numpy as np

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from golden_file import arrays_text, check  # noqa: E402
UNITS, FEATURES, STEPS, SEGMENTS = 12, 3, 10, 4
LEAK, THRESHOLD = 0.75, 1.0


def counts(x, input_weights, weights):
    potential, spikes = np.zeros(UNITS), np.zeros(UNITS)
    result = np.zeros((SEGMENTS, UNITS))
    for t, now in enumerate(x):
        potential = LEAK * potential + input_weights @ now + weights @ spikes
        spikes = (potential > THRESHOLD).astype(float)
        potential = potential * (1 - spikes)
        result[t * SEGMENTS // STEPS] += spikes
    return result


def case():
    generator = np.random.default_rng(11)
    draw = lambda *shape: np.round(16 * generator.standard_normal(shape)) / 16  # noqa: E731
    input_weights, weights = draw(UNITS, FEATURES), draw(UNITS, UNITS) * (generator.random((UNITS, UNITS)) < 0.3)
    x = draw(3, STEPS, FEATURES)
    return {"input_weights": input_weights, "weights": weights + 0.0, "x": x,
            "counts": np.stack([counts(one, input_weights, weights) for one in x])}


if __name__ == "__main__":
    check("liquid", arrays_text(case(), 7), "numpy", rtol=0, atol=0)
