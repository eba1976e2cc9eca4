#!/usr/bin/env bash
# onnx-tool counts a transposed convolution with its output channels in place of its input channels, at every output place.
# Versions: onnx-tool 1.0.1, onnx_opcounter 0.0.4, onnx 1.17.0.
# ConvTranspose 3x3, stride 2, from 8x8 places to 17x17. A weight meets each input once: 64 * 9 * channels * filters products, counted here by
# a layer of ones. onnx_opcounter counts 17 * 17 * 9 * channels * filters, as if all weights met at each place of the output: 4.5 times too
# many. onnx-tool counts 17 * 17 * 9 * filters * filters: from 16 to 32 channels 9 times too many, from 32 to 16 2.3 times.
# Why it matters: decoders and segmentation networks look several times dearer, and by another factor in each layer, so layers
# cannot even be compared. What to do: count inputs * kernel * output channels / groups yourself.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile onnx-tool==1.0.1 onnx_opcounter==0.0.4 onnx==1.17.0 onnxruntime==1.20.1 numpy==2.2.6
env/bin/python - <<'END'
import contextlib
import io
import sys
from importlib.metadata import version

import numpy as np
import onnx
import onnx_tool
from onnx import TensorProto, helper, numpy_helper
from onnx_opcounter import calculate_macs

SIZE, KERNEL, STRIDE = 8, 3, 2


def model(channels, filters):
    node = helper.make_node("ConvTranspose", ["x", "w"], ["y"], kernel_shape=[KERNEL] * 2, strides=[STRIDE] * 2)
    out = (SIZE - 1) * STRIDE + KERNEL
    graph = helper.make_graph(
        [node], "one_layer",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, channels, SIZE, SIZE])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, filters, out, out])],
        [numpy_helper.from_array(np.ones((channels, filters, KERNEL, KERNEL), np.float32), "w")])
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    onnx.checker.check_model(made, full_check=True)
    return made


def products(channels, filters):
    """The plain loops: every input place, every weight. All weights and inputs being 1, the sum of the output is their number."""
    import onnxruntime

    session = onnxruntime.InferenceSession(model(channels, filters).SerializeToString())
    return int(session.run(None, {"x": np.ones((1, channels, SIZE, SIZE), np.float32)})[0].sum())


def tool(channels, filters):
    with contextlib.redirect_stdout(io.StringIO()):
        graph = onnx_tool.Model(model(channels, filters)).graph
        graph.shape_infer(None)
        graph.profile()
    return int(graph.macs[0])


for package in ("onnx-tool", "onnx_opcounter", "onnx"):
    print(package, version(package))
seen = {}
for channels, filters in (16, 32), (32, 16), (32, 32):
    counts = products(channels, filters), tool(channels, filters), int(calculate_macs(model(channels, filters)))
    print(f"{channels} -> {filters}: {counts[0]} products, onnx-tool {counts[1]}, onnx_opcounter {counts[2]}")
    seen[channels, filters] = counts
expected = {(16, 32): (294912, 2663424, 1331712), (32, 16): (294912, 665856, 1331712), (32, 32): (589824, 2663424, 2663424)}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
