"""What PyTorch's transformer encoder layer answers, and its gradients: tests/zoo/golden/attention.txt, for tests/zoo/attention_test.cpp.

    attention.py            compares the file with what PyTorch gives now
    attention.py --write    writes it

Names are those of the layers in the test's network: attention, norm_1, inner, outer, norm_2."""

import pathlib
import sys

import numpy as np
import torch

GOLDEN = pathlib.Path(__file__).resolve().parents[1] / "golden/attention.txt"
BATCH, STEPS, FEATURES, INNER = 2, 4, 6, 5
CASES = {"heads": (3, False), "causal": (2, True)}


def case(heads, causal):
    generator = torch.Generator().manual_seed(7)
    draw = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: E731
    layer = torch.nn.TransformerEncoderLayer(FEATURES, heads, INNER, dropout=0, batch_first=True)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(0.5 * draw(*parameter.shape))
    x, dy = draw(BATCH, STEPS, FEATURES).requires_grad_(), draw(BATCH, STEPS, FEATURES)
    mask = torch.nn.Transformer.generate_square_subsequent_mask(STEPS) if causal else None
    y = layer(x, src_mask=mask, is_causal=causal)
    (y * dy).sum().backward()
    weights = {}
    for part, name in enumerate(("query", "key", "value")):
        rows = slice(part * FEATURES, (part + 1) * FEATURES)
        weights |= {f"attention/{name}/weights": (layer.self_attn.in_proj_weight, rows)}
        weights |= {f"attention/{name}/bias": (layer.self_attn.in_proj_bias, rows)}
    whole = {"attention": layer.self_attn.out_proj, "inner": layer.linear1, "outer": layer.linear2}
    for name, dense in whole.items():
        weights |= {f"{name}/weights": (dense.weight, slice(None)), f"{name}/bias": (dense.bias, slice(None))}
    for name, norm in {"norm_1": layer.norm1, "norm_2": layer.norm2}.items():
        weights |= {f"{name}/gamma": (norm.weight, slice(None)), f"{name}/beta": (norm.bias, slice(None))}
    made = {"x": x, "dy": dy, "y": y}
    for name, (tensor, rows) in weights.items():
        made |= {name: tensor[rows], f"d:{name}": tensor.grad[rows]}
    return {key: value.detach().numpy() for key, value in made.items()}


def text():
    lines = []
    for name, (heads, causal) in CASES.items():
        for key, values in case(heads, causal).items():
            lines.append(f"{name}.{key} {' '.join(map(str, values.shape))} : {' '.join(f'{v:.8g}' for v in values.ravel())}\n")
    return "".join(lines)


def same(a, b):
    """Equal but for the last digits, which depend on the machine."""
    a, b = a.splitlines(), b.splitlines()
    if len(a) != len(b):
        return False
    for left, right in zip(a, b, strict=True):
        (head, mine), (other, theirs) = left.rsplit(":", 1), right.rsplit(":", 1)
        if head != other or not np.allclose([float(v) for v in mine.split()], [float(v) for v in theirs.split()], rtol=1e-5, atol=1e-6):
            print(f"differs: {head}")
            return False
    return True


if __name__ == "__main__":
    made = text()
    if "--write" in sys.argv:
        GOLDEN.write_text(made)
    elif not same(GOLDEN.read_text(), made):
        sys.exit(f"{GOLDEN}: PyTorch gives other numbers now")
