"""Routing by agreement in PyTorch, and its gradients: tests/zoo/golden/capsules.txt, for tests/zoo/capsules_test.cpp.

    capsules.py            compares the file with what PyTorch gives now
    capsules.py --write    writes it

Written from the paper's formulas (Sabour, Frosst and Hinton, 2017): squash, procedure 1 with gradients through all rounds, and the
margin loss of equation 4 with its sum over the classes."""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from golden_file import arrays_text, check  # noqa: E402
BATCH, COUNT, BEFORE, UNITS, SIZE, ROUTINGS = 2, 5, 3, 4, 6, 3


def squash(x):
    square = (x * x).sum(-1, keepdim=True)
    return square / (1 + square) * x / square.sqrt()


def routed(u, weights):
    predictions = torch.einsum("jide,bie->bjid", weights, u)
    logits = torch.zeros(BATCH, UNITS, COUNT)
    for turn in range(ROUTINGS):
        parts = torch.softmax(logits, 1)
        v = squash(torch.einsum("bji,bjid->bjd", parts, predictions))
        if turn + 1 < ROUTINGS:
            logits = logits + torch.einsum("bjid,bjd->bji", predictions, v)
    return v


def margin(lengths, labels):
    there = torch.nn.functional.one_hot(labels, UNITS).float()
    less, more = torch.relu(0.9 - lengths), torch.relu(lengths - 0.1)
    return (there * less**2 + 0.5 * (1 - there) * more**2).sum(1).mean()


def case():
    generator = torch.Generator().manual_seed(13)
    draw = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: E731
    x, weights = draw(BATCH, COUNT, BEFORE), draw(UNITS, COUNT, SIZE, BEFORE).mul(0.7).requires_grad_()
    v = routed(squash(x), weights)
    lengths = v.norm(dim=-1)
    loss = margin(lengths, torch.arange(BATCH))
    loss.backward()
    made = {"x": x, "weights": weights, "v": v, "lengths": lengths, "loss": loss[None], "d:weights": weights.grad}
    return {key: value.detach().numpy() for key, value in made.items()}


if __name__ == "__main__":
    check("capsules", arrays_text(case(), 8), "PyTorch", rtol=1e-5, atol=1e-6)
