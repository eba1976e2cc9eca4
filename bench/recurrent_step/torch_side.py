"""The side of bench/recurrent that times PyTorch: asked on standard input, answers on standard output, a line each.

torch_side.py   reads "SECONDS CELL", answers the least microseconds of a training step"""

import sys
import time

import torch

STEPS, INPUTS, UNITS, BATCH, CLASSES = 28, 28, 64, 32, 10
CELLS = {"lstm": torch.nn.LSTM, "gru": torch.nn.GRU, "rnn": torch.nn.RNN}


class Network(torch.nn.Module):
    """The last output of a layer, then the classes."""

    def __init__(self, cell):
        super().__init__()
        self.layer = CELLS[cell](INPUTS, UNITS, batch_first=True)
        self.classes = torch.nn.Linear(UNITS, CLASSES)

    def forward(self, x):
        return self.classes(self.layer(x)[0][:, -1])


def make_step(cell):
    network = Network(cell)
    optimizer = torch.optim.Adam(network.parameters(), 1e-3)
    x, labels = torch.randn(BATCH, STEPS, INPUTS), torch.randint(0, CLASSES, (BATCH,))

    def step():
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(network(x), labels).backward()
        optimizer.step()

    return step


def main():
    torch.manual_seed(1)
    torch.set_num_threads(1)
    print(torch.__version__, flush=True)
    steps = {}
    for line in sys.stdin:
        seconds, cell = line.split()
        step = steps.setdefault(cell, None) or make_step(cell)
        steps[cell] = step
        step()
        least, begin = float("inf"), time.process_time()
        while time.process_time() - begin < float(seconds):
            start = time.process_time()
            step()
            least = min(least, time.process_time() - start)
        print(f"{1e6 * least:.2f}", flush=True)


if __name__ == "__main__":
    main()
