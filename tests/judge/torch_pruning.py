#!/usr/bin/env python3
"""PyTorch's side of torch_pruning_test.py: prunes a small network by torch.nn.utils.prune and trains what is left.

    torch_pruning.py FOLDER < REQUEST > ANSWER    with a Python that has torch and NumPy

FOLDER holds train_x.npy, train_y.npy, test_x.npy, test_y.npy (pixels as bytes) and the network's start as
NAME.weights.npy and NAME.bias.npy in TensorFlow Lite's layouts, for the layers conv2d_1, fully_connected_1 and
fully_connected_2. REQUEST: {"shares": [share of zeros after each pruning], "epochs", "until": part of the training in
which the prunings are, "batch", "learning_rate", "seed"}. ANSWER: {"before", "after": test accuracies, "masks": {layer:
TensorFlow Lite's layout, flat}}."""

import json
import pathlib
import sys

import numpy as np
import torch
import torch.nn.functional as F
from torch.nn.utils import prune

LAYERS = ("conv2d_1", "fully_connected_1", "fully_connected_2")


class Network(torch.nn.Module):
    """A convolution of 3x3 and stride 2 without padding, and two dense layers."""

    def __init__(self, folder):
        super().__init__()
        weights = [torch.from_numpy(np.load(folder / f"{name}.weights.npy")) for name in LAYERS]
        bias = [torch.from_numpy(np.load(folder / f"{name}.bias.npy")) for name in LAYERS]
        filters, side, _, channels = weights[0].shape
        self.conv = torch.nn.Conv2d(channels, filters, side, stride=2)
        self.hidden = torch.nn.Linear(weights[1].shape[1], weights[1].shape[0])
        self.out = torch.nn.Linear(weights[2].shape[1], weights[2].shape[0])
        weights[0] = weights[0].permute(0, 3, 1, 2)
        with torch.no_grad():
            for layer, w, b in zip(self.layers(), weights, bias, strict=True):
                layer.weight.copy_(w)
                layer.bias.copy_(b)

    def layers(self):
        return (self.conv, self.hidden, self.out)

    def forward(self, x):
        x = F.relu(self.conv(x))
        x = x.permute(0, 2, 3, 1).flatten(1)  # TensorFlow Lite's order: channels last
        return self.out(F.relu(self.hidden(x)))


def accuracy(network, x, y):
    with torch.no_grad():
        return (network(x).argmax(1) == y).double().mean().item()


def prune_to(network, share):
    """One threshold for all layers. PyTorch counts what to add to the zeros that are there."""
    whole = sum(layer.weight.numel() for layer in network.layers())
    there = sum(int((layer.weight_mask == 0).sum()) for layer in network.layers() if prune.is_pruned(layer))
    more = round(share * whole) - there
    if more > 0:
        where = [(layer, "weight") for layer in network.layers()]
        prune.global_unstructured(where, pruning_method=prune.L1Unstructured, amount=more)


def train(network, x, y, request):
    steps_of_epoch = -(-len(x) // request["batch"])
    steps = request["epochs"] * steps_of_epoch
    shares = request["shares"]
    prune_to(network, shares[0])
    optimizer = torch.optim.Adam(network.parameters(), lr=request["learning_rate"])
    order = torch.Generator().manual_seed(request["seed"])
    step = stage = 0
    for _ in range(request["epochs"]):
        for picked in torch.randperm(len(x), generator=order).split(request["batch"]):
            now = min(len(shares) - 1, int(step / steps / request["until"] * (len(shares) - 1))) if len(shares) > 1 else 0
            if now > stage:
                prune_to(network, shares[now])
                stage = now
            optimizer.zero_grad()
            F.cross_entropy(network(x[picked]), y[picked]).backward()
            optimizer.step()
            step += 1


def main():
    folder = pathlib.Path(sys.argv[1])
    request = json.load(sys.stdin)
    torch.set_num_threads(1)
    torch.manual_seed(request["seed"])

    def data(name):
        x = torch.from_numpy(np.load(folder / f"{name}_x.npy")).permute(0, 3, 1, 2).float() / 255
        return x, torch.from_numpy(np.load(folder / f"{name}_y.npy")).long()

    network = Network(folder)
    test_x, test_y = data("test")
    before = accuracy(network, test_x, test_y)
    if request["epochs"] > 0:
        train(network, *data("train"), request)
    else:
        prune_to(network, request["shares"][-1])
    masks = {}
    for name, layer in zip(LAYERS, network.layers(), strict=True):
        mask = layer.weight_mask
        masks[name] = (mask.permute(0, 2, 3, 1) if mask.dim() == 4 else mask).reshape(-1).int().tolist()
    print(json.dumps({"before": before, "after": accuracy(network, test_x, test_y), "masks": masks}))


if __name__ == "__main__":
    main()
