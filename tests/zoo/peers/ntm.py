"""A neural Turing machine in PyTorch, and its gradients: tests/zoo/golden/ntm.txt, for tests/zoo/ntm_test.cpp.

    ntm.py            compares the file with what PyTorch gives now
    ntm.py --write    writes it

Written from the paper's formulas (Graves, Wayne and Danihelka, 2014, equations 1 to 9) over torch.nn.LSTMCell. Of the heads' dense
layer the results are in order: both keys, strengths, gates, shifts and sharpnesses, then what is erased and added."""

import pathlib
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from golden_file import arrays_text, check  # noqa: E402
BATCH, STEPS, FEATURES, UNITS, CONTROLLER, SLOTS, WIDTH = 2, 3, 3, 2, 4, 5, 3


def run(x, weights):
    cell = torch.nn.LSTMCell(FEATURES + WIDTH, CONTROLLER)
    gates = weights["controller/weights"]
    parameters = dict(weight_ih=gates[:, : FEATURES + WIDTH], weight_hh=gates[:, FEATURES + WIDTH :], bias_ih=weights["controller/bias"],
                      bias_hh=torch.zeros(4 * CONTROLLER))
    h, c, r = torch.zeros(BATCH, CONTROLLER), torch.zeros(BATCH, CONTROLLER), torch.zeros(BATCH, WIDTH)
    w = F.one_hot(torch.zeros(BATCH, 2, dtype=torch.long), SLOTS).float()
    memory = torch.full((BATCH, SLOTS, WIDTH), 0.01)
    answers = []
    for t in range(STEPS):
        h, c = torch.func.functional_call(cell, parameters, (torch.cat([x[:, t], r], 1), (h, c)))
        p = F.linear(h, weights["heads/weights"], weights["heads/bias"])
        k, b, g, s, y, e, a = p.split([2 * WIDTH, 2, 2, 6, 2, WIDTH, WIDTH], 1)
        k = torch.tanh(k).view(BATCH, 2, 1, WIDTH)
        content = torch.softmax(F.softplus(b)[..., None] * F.cosine_similarity(k, memory[:, None], dim=-1), -1)
        w = torch.sigmoid(g)[..., None] * content + (1 - torch.sigmoid(g)[..., None]) * w
        s = torch.softmax(s.view(BATCH, 2, 3), -1)
        w = s[..., 0:1] * w.roll(-1, -1) + s[..., 1:2] * w + s[..., 2:3] * w.roll(1, -1)
        w = w ** (1 + F.softplus(y))[..., None]
        w = w / w.sum(-1, keepdim=True)
        writing = w[:, 1, :, None]
        memory = memory * (1 - writing * torch.sigmoid(e)[:, None]) + writing * torch.tanh(a)[:, None]
        r = torch.einsum("bn,bnw->bw", w[:, 0], memory)
        answers.append(F.linear(torch.cat([h, r], 1), weights["output/weights"], weights["output/bias"]))
    return torch.stack(answers, 1)


def case():
    generator = torch.Generator().manual_seed(17)
    draw = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: E731
    shapes = {"controller": (4 * CONTROLLER, FEATURES + WIDTH + CONTROLLER), "heads": (2 * (WIDTH + 6) + 2 * WIDTH, CONTROLLER),
              "output": (UNITS, CONTROLLER + WIDTH)}
    weights = {}
    for name, (outputs, inputs) in shapes.items():
        weights |= {f"{name}/weights": draw(outputs, inputs), f"{name}/bias": 0.5 * draw(outputs)}
    for tensor in weights.values():
        tensor.requires_grad_()
    x, dy = draw(BATCH, STEPS, FEATURES), draw(BATCH, STEPS, UNITS)
    y = run(x, weights)
    (y * dy).sum().backward()
    made = {"x": x, "dy": dy, "y": y}
    for name, tensor in weights.items():
        made |= {name: tensor, f"d:{name}": tensor.grad}
    return {key: value.detach().numpy() for key, value in made.items()}


if __name__ == "__main__":
    check("ntm", arrays_text(case(), 8), "PyTorch", rtol=1e-5, atol=1e-6)
