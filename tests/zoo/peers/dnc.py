"""A differentiable neural computer in PyTorch, and its gradients: tests/zoo/golden/dnc.txt, for tests/zoo/dnc_test.cpp.

    dnc.py            compares the file with what PyTorch gives now
    dnc.py --write    writes it

Written from the equations of Graves et al., 2016 (Methods) over torch.nn.LSTMCell; the allocation sorts, as they do. The interface's
results are in the paper's order: read keys and strengths, write key and strength, erase, write vector, free gates, allocation gate, write
gate, read modes."""

import pathlib
import sys

import torch
import torch.nn.functional as F

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from golden_file import arrays_text, check  # noqa: E402
BATCH, STEPS, FEATURES, UNITS, CONTROLLER, SLOTS, WIDTH, READS = 2, 5, 3, 2, 4, 4, 3, 2


def content(memory, keys, strengths):
    alike = F.cosine_similarity(keys[:, :, None], memory[:, None], dim=-1)
    return torch.softmax(strengths[..., None] * alike, -1)


def allocation(usage):
    usage = 1e-6 + (1 - 1e-6) * usage
    ordered, order = torch.sort(usage, dim=-1, stable=True)
    before = torch.cat([torch.ones_like(ordered[:, :1]), torch.cumprod(ordered, -1)[:, :-1]], -1)
    return torch.zeros_like(usage).scatter(1, order, (1 - ordered) * before)


def run(x, weights):
    cell = torch.nn.LSTMCell(FEATURES + READS * WIDTH, CONTROLLER)
    gates = weights["controller/weights"]
    inputs = FEATURES + READS * WIDTH
    parameters = dict(weight_ih=gates[:, :inputs], weight_hh=gates[:, inputs:], bias_ih=weights["controller/bias"],
                      bias_hh=torch.zeros(4 * CONTROLLER))
    zeros = lambda *shape: torch.zeros(BATCH, *shape)  # noqa: E731
    h, c, r, usage, written, precedence = (zeros(CONTROLLER), zeros(CONTROLLER), zeros(READS * WIDTH), zeros(SLOTS), zeros(SLOTS),
                                           zeros(SLOTS))
    read, memory, links = zeros(READS, SLOTS), zeros(SLOTS, WIDTH), zeros(SLOTS, SLOTS)
    answers = []
    for t in range(STEPS):
        h, c = torch.func.functional_call(cell, parameters, (torch.cat([x[:, t], r], 1), (h, c)))
        p = F.linear(h, weights["interface/weights"], weights["interface/bias"])
        kr, br, kw, bw, e, v, f, ga, gw, m = p.split([READS * WIDTH, READS, WIDTH, 1, WIDTH, WIDTH, READS, 1, 1, 3 * READS], 1)
        usage = (usage + written - usage * written) * (1 - torch.sigmoid(f)[..., None] * read).prod(1)
        found = content(memory, kw[:, None], 1 + F.softplus(bw))[:, 0]
        ga = torch.sigmoid(ga)
        written = torch.sigmoid(gw) * (ga * allocation(usage) + (1 - ga) * found)
        memory = memory * (1 - written[..., None] * torch.sigmoid(e)[:, None]) + written[..., None] * v[:, None]
        links = (1 - written[:, :, None] - written[:, None]) * links + written[:, :, None] * precedence[:, None]
        links = links * (1 - torch.eye(SLOTS))
        precedence = (1 - written.sum(1, keepdim=True)) * precedence + written
        modes = torch.softmax(m.view(BATCH, READS, 3), -1)
        backward = torch.einsum("bij,bri->brj", links, read)
        forward = torch.einsum("bij,brj->bri", links, read)
        by_content = content(memory, kr.view(BATCH, READS, WIDTH), 1 + F.softplus(br))
        read = modes[..., 0:1] * backward + modes[..., 1:2] * by_content + modes[..., 2:3] * forward
        r = torch.einsum("brn,bnw->brw", read, memory).reshape(BATCH, -1)
        answers.append(F.linear(torch.cat([h, r], 1), weights["output/weights"], weights["output/bias"]))
    return torch.stack(answers, 1)


def case():
    generator = torch.Generator().manual_seed(29)
    draw = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: E731
    shapes = {"controller": (4 * CONTROLLER, FEATURES + READS * WIDTH + CONTROLLER),
              "interface": (READS * WIDTH + 3 * WIDTH + 5 * READS + 3, CONTROLLER), "output": (UNITS, CONTROLLER + READS * WIDTH)}
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
    check("dnc", arrays_text(case(), 8), "PyTorch", rtol=1e-5, atol=1e-6)
