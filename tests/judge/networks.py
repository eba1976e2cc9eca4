"""Random int8 networks of one input and one output: convolutions, pools, activations, residual additions,
concatenations, then mean, a fully connected layer and, for half of them, softmax. A seed names a network."""

import cases
import numpy as np
import tflite_writer


class Network:
    """Grows a Model layer by layer; `layers` are the tensors so far as (index, shape, scale, zero point)."""

    def __init__(self, seed):
        self.r = np.random.default_rng(seed)
        self.model = tflite_writer.Model()
        shape = [1, *(int(d) for d in self.r.integers(6, 17, 2)), int(self.r.integers(1, 5))]
        self.layers = [(self._tensor(shape, 0.05, int(self.r.integers(-20, 20))), shape, 0.05, 0)]
        self.model.inputs.append(self.layers[0][0])

    def _tensor(self, shape, scale, zero_point):
        return self.model.tensor("int8", shape, scale=scale, zero_point=zero_point)

    def _append(self, code, version, inputs, shape, scale, zero_point, options_type=0, options=None):
        y = self._tensor(shape, scale, zero_point)
        self.model.operator(code, version, inputs, [y], options_type, options)
        self.layers.append((y, shape, scale, zero_point))

    def _random_quantization(self):
        return np.float32(self.r.uniform(0.02, 0.1)), int(self.r.integers(-60, 60))

    def _weights(self, shape, axis, fan_in, x_scale):
        """Weights that keep values about as large as they are, and a small bias."""
        outputs = shape[axis]
        scales = (self.r.uniform(0.5, 1.5, outputs) / (74 * np.sqrt(fan_in))).astype(np.float32)
        weights = self.model.tensor("int8", shape, self.r.integers(-127, 128, shape, dtype=np.int8), scales, 0, axis)
        bias = self.r.integers(-3000, 3000, outputs, dtype=np.int32)
        return weights, self.model.tensor("int32", [outputs], bias, (np.float32(x_scale) * scales).astype(np.float32))

    def convolution(self):
        x, (n, h, w, c), scale, _ = self.layers[-1]
        depthwise = self.r.random() < 0.4
        k = int(self.r.choice([1, 3, 3, 5]))
        stride = int(self.r.choice([1, 1, 2]))
        outputs = c * int(self.r.choice([1, 1, 2])) if depthwise else int(self.r.integers(2, 13))
        shape = [1, k, k, outputs] if depthwise else [outputs, k, k, c]
        weights, bias = self._weights(shape, 3 if depthwise else 0, k * k * (1 if depthwise else c), scale)
        options = {0: ("int8", cases.SAME), 1: ("int32", stride), 2: ("int32", stride)}
        if depthwise:
            options |= {3: ("int32", outputs // c), 4: cases._activation(self.r), 5: ("int32", 1), 6: ("int32", 1)}
        else:
            options |= {3: cases._activation(self.r), 4: ("int32", 1), 5: ("int32", 1)}
        out = [n, -(-h // stride), -(-w // stride), outputs]
        code, table = (4, 2) if depthwise else (3, 1)
        self._append(code, 3, [x, weights, bias], out, *self._random_quantization(), table, options)

    def pool(self):
        x, (n, h, w, c), scale, zero_point = self.layers[-1]
        if min(h, w) < 4:
            return self.activation()
        options = {0: ("int8", cases.SAME), 1: ("int32", 2), 2: ("int32", 2), 3: ("int32", 3), 4: ("int32", 2),
                   5: ("int8", cases.NONE)}
        out = [n, -(-h // 2), -(-w // 2), c]
        self._append(int(self.r.choice([1, 17])), 2, [x], out, scale, zero_point, 5, options)

    def activation(self):
        x, shape, _, _ = self.layers[-1]
        code, version, table, options, quantization = [
            (14, 2, 0, None, (np.float32(1 / 256), -128)),
            (28, 2, 0, None, (np.float32(1 / 128), 0)),
            (117, 1, 0, None, (np.float32(0.06), -100)),
            (98, 2, 75, {0: ("float32", 0.1)}, (np.float32(0.05), -90)),
            (111, 1, 0, None, (np.float32(0.05), -80)),
        ][self.r.integers(0, 5)]
        self._append(code, version, [x], shape, *quantization, table, options)

    def arithmetic(self):
        """Adds or multiplies an earlier layer of the same shape, or a constant for each channel."""
        x, shape, _, _ = self.layers[-1]
        alike = [layer for layer in self.layers[:-1] if layer[1] == shape]
        if alike:
            other = alike[self.r.integers(0, len(alike))][0]
        else:
            other = self.model.tensor("int8", [shape[3]], self.r.integers(-128, 128, shape[3], dtype=np.int8), 0.01, 5)
        code, table = (0, 11) if alike or self.r.random() < 0.5 else (18, 21)
        self._append(code, 2, [x, other], shape, *self._random_quantization(), table, {0: cases._activation(self.r)})

    def concatenation(self):
        """Two requantizations of the last layer, padded by a row, side by side."""
        x, (n, h, w, c), _, _ = self.layers[-1]
        scale, zero_point = self._random_quantization()
        parts = []
        for _ in range(2):
            part = self._tensor([n, h, w, c], scale, zero_point)
            self.model.operator(114, 1, [x], [part], 89, {})
            parts.append(part)
        self._append(2, 2, parts, [n, h, w, 2 * c], scale, zero_point, 10, {0: ("int32", 3), 1: ("int8", 0)})
        padding = self.model.tensor("int32", [4, 2], np.array([[0, 0], [1, 0], [0, 1], [0, 0]], np.int32))
        y = self.layers[-1][0]
        self._append(34, 2, [y, padding], [n, h + 1, w + 1, 2 * c], scale, zero_point, 22, {})

    def finish(self):
        x, (n, _, _, c), scale, zero_point = self.layers[-1]
        axes = self.model.tensor("int32", [2], np.array([1, 2], np.int32))
        self._append(40, 2, [x, axes], [n, c], scale, zero_point, 27, {0: ("bool", False)})
        outputs = int(self.r.integers(2, 11))
        weights, bias = self._weights([outputs, c], 0, c, scale)
        self._append(9, 4, [self.layers[-1][0], weights, bias], [n, outputs], *self._random_quantization(), 8,
                     {0: ("int8", 0), 1: ("int8", 0), 2: ("bool", False)})
        if self.r.random() < 0.5:
            self._append(25, 2, [self.layers[-1][0]], [n, outputs], np.float32(1 / 256), -128, 9, {0: ("float32", 1.0)})
        self.model.outputs.append(self.layers[-1][0])


def network(seed):
    """The tflite_writer.Model of that seed."""
    net = Network(seed)
    net.convolution()
    kinds = [net.convolution, net.convolution, net.pool, net.activation, net.arithmetic, net.arithmetic, net.concatenation]
    for _ in range(net.r.integers(3, 9)):
        kinds[net.r.integers(0, len(kinds))]()
    net.finish()
    return net.model
