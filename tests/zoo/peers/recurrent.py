"""What PyTorch's recurrent layers answer, and their gradients: tests/zoo/golden/recurrent.txt, for tests/zoo/recurrent_test.cpp.

    recurrent.py            compares the file with what PyTorch gives now
    recurrent.py --write    writes it

Gates are in TensorFlow Lite's order: of an LSTM input, forget, cell, output; of a GRU update, reset, candidate. The second biases of
PyTorch are 0, but for that of a GRU's candidate, which is state_bias."""

import pathlib
import sys

import torch

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from golden_file import arrays_text, check  # noqa: E402
BATCH, STEPS, INPUTS, UNITS = 2, 4, 3, 5
# By gate, its place in PyTorch's matrices.
LAYERS = {
    "lstm": (lambda: torch.nn.LSTM(INPUTS, UNITS, batch_first=True), (0, 1, 2, 3)),
    "gru": (lambda: torch.nn.GRU(INPUTS, UNITS, batch_first=True), (1, 0, 2)),
    "rnn": (lambda: torch.nn.RNN(INPUTS, UNITS, batch_first=True), (0,)),
    "rnn_relu": (lambda: torch.nn.RNN(INPUTS, UNITS, nonlinearity="relu", batch_first=True), (0,)),
}


def case(name):
    make, order = LAYERS[name]
    generator = torch.Generator().manual_seed(5)
    draw = lambda *shape: torch.randn(*shape, generator=generator)  # noqa: E731
    layer = make()
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.copy_(0.5 * draw(*parameter.shape))
        layer.bias_hh_l0[: UNITS * (2 if name == "gru" else len(order))] = 0
    x, h = draw(BATCH, STEPS, INPUTS).requires_grad_(), draw(1, BATCH, UNITS).requires_grad_()
    cell = draw(1, BATCH, UNITS).requires_grad_() if name == "lstm" else None
    dy = draw(BATCH, STEPS, UNITS)
    y = layer(x, (h, cell) if name == "lstm" else h)[0]
    (y * dy).sum().backward()

    def gates(tensor):
        parts = tensor.reshape(len(order), UNITS, *tensor.shape[1:])
        return parts[list(order)].detach().numpy()

    made = {"x": x, "h": h[0], "dy": dy, "y": y, "dx": x.grad, "dh": h.grad[0]}
    if name == "lstm":
        made |= {"cell": cell[0], "dcell": cell.grad[0]}
    made = {key: value.detach().numpy() for key, value in made.items()}
    for key, parameter in {"weights": layer.weight_ih_l0, "recurrent": layer.weight_hh_l0, "bias": layer.bias_ih_l0}.items():
        made |= {key: gates(parameter), f"d{key}": gates(parameter.grad)}
    if name == "gru":
        made |= {"state_bias": gates(layer.bias_hh_l0)[2], "dstate_bias": gates(layer.bias_hh_l0.grad)[2]}
    return made


def arrays():
    return {f"{name}.{key}": values for name in LAYERS for key, values in case(name).items()}


if __name__ == "__main__":
    check("recurrent", arrays_text(arrays(), 9), "PyTorch", rtol=1e-5, atol=1e-6)
