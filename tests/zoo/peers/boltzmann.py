"""What scikit-learn and sums over all states say of Boltzmann machines: tests/zoo/golden/boltzmann.txt, for tests/learn.

    boltzmann.py            compares the file with what the peers give now
    boltzmann.py --write    writes it
"""

import pathlib
import sys

import numpy as np
from scipy.special import expit
from sklearn.neural_network import BernoulliRBM

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from golden_file import arrays_text, check  # noqa: E402
from rules import arrays  # noqa: E402


class Recorded:
    """A numpy generator that keeps the uniform numbers it gave, rounded to float32 first."""

    def __init__(self, rng):
        self.rng, self.given = rng, []

    def uniform(self, size):
        numbers = self.rng.random(size, dtype=np.float32)
        self.given.append(numbers.ravel())
        return numbers


def start(rng, visible, hidden):
    return (rng.normal(0, 0.3, (hidden, visible)).astype(np.float32), rng.normal(0, 0.3, hidden).astype(np.float32),
            rng.normal(0, 0.3, visible).astype(np.float32))


def persistent(rng):
    """Three steps of scikit-learn's BernoulliRBM: five samples a batch, 6 visible and 4 hidden units."""
    weights, hidden_bias, visible_bias = start(rng, 6, 4)
    batches = rng.random((3, 5, 6)).astype(np.float32)
    peer = BernoulliRBM(4, learning_rate=0.2, batch_size=5)
    peer.components_ = weights.astype(np.float64)
    peer.intercept_hidden_, peer.intercept_visible_ = hidden_bias.astype(np.float64), visible_bias.astype(np.float64)
    peer.h_samples_ = np.zeros((5, 4))
    chance = Recorded(rng)
    for batch in batches:
        peer._fit(batch.astype(np.float64), chance)
    return {"weights": weights, "hidden_bias": hidden_bias, "visible_bias": visible_bias, "batches": batches,
            "chance": np.concatenate(chance.given), "weights_after": peer.components_,
            "hidden_bias_after": peer.intercept_hidden_, "visible_bias_after": peer.intercept_visible_}


def one_step(rng):
    """Three steps of CD-1 as Hinton's guide (2010) has it, with momentum and decay, in numpy."""
    rate, momentum, decay = 0.2, 0.5, 0.01
    weights, hidden_bias, visible_bias = start(rng, 6, 4)
    result = {"weights": weights, "hidden_bias": hidden_bias, "visible_bias": visible_bias}
    w, c, b = (a.astype(np.float64) for a in (weights, hidden_bias, visible_bias))
    batches = rng.random((3, 5, 6)).astype(np.float32)
    chance = Recorded(rng)
    steps = [np.zeros_like(a) for a in (w, c, b)]
    for v in batches.astype(np.float64):
        h = expit(v @ w.T + c)
        on = (chance.uniform(h.shape) < h).astype(float)
        own_v = expit(on @ w + b)
        own_h = expit(own_v @ w.T + c)
        slopes = ((h.T @ v - own_h.T @ own_v) / len(v) - decay * w, (h - own_h).mean(0), (v - own_v).mean(0))
        steps = [momentum * step + rate * slope for step, slope in zip(steps, slopes)]
        w, c, b = (a + step for a, step in zip((w, c, b), steps))
    return result | {"batches": batches, "chance": np.concatenate(chance.given), "weights_after": w,
                     "hidden_bias_after": c, "visible_bias_after": b}


def ten_units(rng):
    """Means of units and pairs over the 1,024 states of ten units."""
    w = np.triu(rng.normal(0, 1, (10, 10)), 1).astype(np.float32)
    b = rng.normal(0, 1, 10).astype(np.float32)
    states = ((np.arange(1024)[:, None] >> np.arange(10)) & 1).astype(np.float64)
    p = np.exp(np.einsum("si,ij,sj->s", states, w.astype(np.float64), states) + states @ b)
    p /= p.sum()
    return {"weights": w + w.T, "biases": b, "means": states.T @ (p[:, None] * states)}


if __name__ == "__main__":
    check("boltzmann", arrays_text(arrays((persistent, one_step, ten_units)), 9), "the peer", rtol=1e-6, atol=1e-9)
