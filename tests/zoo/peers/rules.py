"""What scikit-learn and MiniSom learn from small data: tests/zoo/golden/rules.txt, for tests/learn.

    rules.py            compares the file with what the peers give now
    rules.py --write    writes it
"""

import pathlib
import sys

import numpy as np
from minisom import MiniSom
from sklearn.cluster import KMeans
from sklearn.linear_model import Perceptron, Ridge

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from golden_file import arrays_text, check  # noqa: E402


def perceptron(rng):
    """Two overlapping clouds, in the order given: eta 1, no penalty, scikit-learn's rule for the end."""
    x = np.vstack([rng.normal(-0.7, 1, (20, 3)), rng.normal(0.7, 1, (20, 3))]).astype(np.float32)
    y = np.repeat([0, 1], 20)
    order = rng.permutation(40)
    x, y = x[order], y[order]
    found = Perceptron(shuffle=False).fit(x.astype(np.float64), y)
    return {"x": x, "y": y, "weights": found.coef_, "bias": found.intercept_, "epochs": [found.n_iter_]}


def ridge(rng):
    x = rng.normal(0, 1, (30, 5)).astype(np.float32)
    y = rng.normal(0, 1, (30, 2)).astype(np.float32)
    result = {"x": x, "y": y}
    for name, penalty in (("a", 1e-8), ("b", 2.5)):
        found = Ridge(alpha=penalty, solver="cholesky").fit(x.astype(np.float64), y.astype(np.float64))
        result |= {f"weights_{name}": found.coef_, f"bias_{name}": found.intercept_}
    found = Ridge(alpha=0.5, fit_intercept=False).fit(x.astype(np.float64), y.astype(np.float64))
    return result | {"weights_without_bias": found.coef_}


def som(rng):
    """Ten steps of a map of 3 x 4, with the samples in their order."""
    x = rng.normal(0, 1, (10, 3)).astype(np.float32)
    result = {"x": x}
    start = rng.normal(0, 1, (3, 4, 3)).astype(np.float32)
    result["start"] = start
    for neighbourhood in ("gaussian", "bubble"):
        peer = MiniSom(3, 4, 3, sigma=1.5, learning_rate=0.5, neighborhood_function=neighbourhood,
                       decay_function="asymptotic_decay")
        peer._weights = start.astype(np.float64).copy()
        for t, sample in enumerate(x):
            peer.update(sample.astype(np.float64), peer.winner(sample), t, len(x))
        result[f"after_{neighbourhood}"] = peer._weights
        result[f"errors_{neighbourhood}"] = [peer.quantization_error(x), peer.topographic_error(x)]
    return result


def k_means(rng):
    """Three clouds far apart: any good beginning ends at the same centres."""
    x = np.vstack([rng.normal(c, 0.3, (15, 2)) for c in ((-3, 0), (3, 1), (0, 4))]).astype(np.float32)
    found = KMeans(3, n_init=10, random_state=0).fit(x.astype(np.float64))
    centres = found.cluster_centers_[np.argsort(found.cluster_centers_[:, 0])]
    return {"x": x, "centres": centres, "inertia": [found.inertia_]}


def arrays(makers):
    """What each gives of random numbers of its own, by name."""
    return {f"{make.__name__}.{name}": values for make in makers for name, values in make(np.random.default_rng(7)).items()}


if __name__ == "__main__":
    check("rules", arrays_text(arrays((perceptron, ridge, som, k_means)), 9), "the peer", rtol=1e-6, atol=1e-9)
