#!/usr/bin/env python3
"""Writes tests/golden/kmeans.txt: graphs of constants only. %weights and, where they do not all count the same,
%importance were given to scikit-learn's KMeans (Lloyd, one start, no tolerance) with the explicit start that the graph's
name says and mirim's Start of that name computes; %centroids, sorted, and %inertia are what it found.

    tests/judge/make_kmeans_golden.py     with the python that tests/judge/setup prints"""

import pathlib
import sys

import numpy as np
import sklearn
from sklearn.cluster import KMeans

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden" / "kmeans.txt"
ITERATIONS = 300


def linear(x, _, k):
    return np.linspace(x.min(), x.max(), k)


def density(x, weight, k):
    order = np.argsort(x, kind="stable")
    cumulative = np.cumsum(np.minimum(weight[order], weight.sum() / k))
    return x[order][np.searchsorted(cumulative, cumulative[-1] * (np.arange(k) + 0.5) / k)]


def normal(r, n):
    return r.standard_normal(n)


def laplace(r, n):
    return r.laplace(0, 0.1, n)


def two_hills(r, n):
    return np.concatenate([r.normal(-1, 0.2, n // 2), r.normal(2, 0.5, n - n // 2)])


# Distribution, number of weights, clusters, start, whether they count differently.
CASES = [
    (normal, 300, 4, linear, False),
    (normal, 300, 16, density, False),
    (normal, 200, 16, linear, False),
    (laplace, 300, 16, linear, False),
    (laplace, 300, 32, density, True),
    (two_hills, 200, 8, linear, True),
    (two_hills, 200, 8, density, False),
    (normal, 100, 1, linear, True),
]


def numbers(array):
    return ", ".join(repr(float(x)) for x in array)


def floats(array):
    return ", ".join(str(x) for x in array.astype(np.float32))


def case(seed, distribution, n, k, start, weighted):
    r = np.random.default_rng(seed)
    x = distribution(r, n).astype(np.float32)
    weight = (r.standard_normal(n) ** 2).astype(np.float32) if weighted else np.ones(n, np.float32)
    x64, weight64 = x.astype(np.float64), weight.astype(np.float64)
    begin = start(x64, weight64, k).reshape(-1, 1)
    found = KMeans(k, init=begin, n_init=1, max_iter=ITERATIONS, tol=0, algorithm="lloyd").fit(
        x64.reshape(-1, 1), sample_weight=weight64)
    if found.n_iter_ >= ITERATIONS or len(np.unique(found.labels_)) != k:
        sys.exit(f"seed {seed}: scikit-learn did not settle on {k} clusters")
    importance = f"  %importance: float32[{n}] = [{floats(weight)}]\n" if weighted else ""
    names = "%weights, %importance, %centroids, %inertia" if weighted else "%weights, %centroids, %inertia"
    return (f'graph "{start.__name__}" () -> ({names}) {{\n'
            f"  %weights: float32[{n}] = [{floats(x)}]\n{importance}"
            f"  %centroids: float64[{k}] = [{numbers(np.sort(found.cluster_centers_[:, 0]))}]\n"
            f"  %inertia: float64[1] = [{float(found.inertia_)!r}]\n}}\n")


def text():
    cases = "".join(case(seed, *settings) for seed, settings in enumerate(CASES))
    return f"# Centroids by scikit-learn {sklearn.__version__}.\n{cases}"


if __name__ == "__main__":
    GOLDEN.write_text(text())
    print(f"{len(CASES)} cases, {GOLDEN.stat().st_size} bytes")
