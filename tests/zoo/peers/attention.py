"""What PyTorch's transformer encoder layer answers, and its gradients: tests/zoo/golden/attention.txt, for tests/zoo/attention_test.cpp.

    attention.py            compares the file with what PyTorch gives now
    attention.py --write    writes it

Names are those of the layers in the test's network: attention, norm_1, inner, outer, norm_2."""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from golden_file import arrays_text, check  # noqa: E402
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


def arrays():
    return {f"{name}.{key}": values for name, (heads, causal) in CASES.items() for key, values in case(heads, causal).items()}


if __name__ == "__main__":
    check("attention", arrays_text(arrays(), 8), "PyTorch", rtol=1e-5, atol=1e-6)
