#!/usr/bin/env bash
# ONNX Runtime's product of uint8 by int8 saturates on x86 with AVX2 but no VNNI.
# Versions: onnxruntime 1.31.1, onnx 1.23.2, seen on an AMD EPYC.
# Pairs of products stop at 32,767: 64 times 255 * 127 gives 1,048,544 instead of 2,072,640.
# ONNX wants an exact MatMulInteger, and onnx's own reference is. quantize_dynamic makes such layers.
# Why it matters: an accuracy measured on a desktop depends on its processor, and is not the device's.
# What to do: set the session option session.x64quantprecision to 1, which is exact.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile onnxruntime==1.31.1 onnx==1.23.2 \
  numpy==2.4.6
env/bin/python - <<'END'
import sys
from importlib.metadata import version

import numpy as np
import onnxruntime as ort
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator


print("onnxruntime", version("onnxruntime"))
print("onnx", version("onnx"))
flags = next(line for line in open("/proc/cpuinfo") if line.startswith("flags")).split()
if "avx2" not in flags or any("vnni" in f or f.startswith("avx512") for f in flags):
    print("Not seen on this kind of processor: AVX2 without AVX-512 and VNNI is needed. Nothing was checked.")
    sys.exit()
graph = helper.make_graph([helper.make_node("MatMulInteger", ["x", "w"], ["y"])], "g",
                          [helper.make_tensor_value_info("x", TensorProto.UINT8, [1, 64])],
                          [helper.make_tensor_value_info("y", TensorProto.INT32, [1, 16])],
                          [numpy_helper.from_array(np.full((64, 16), 127, np.int8), "w")])
file = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
x = np.full((1, 64), 255, np.uint8)


def run(precision):
    options = ort.SessionOptions()
    options.add_session_config_entry("session.x64quantprecision", precision)
    session = ort.InferenceSession(file.SerializeToString(), options, providers=["CPUExecutionProvider"])
    return int(session.run(None, {"x": x})[0][0, 0])


seen = {"right": 64 * 255 * 127, "onnx reference": int(ReferenceEvaluator(file).run(None, {"x": x})[0][0, 0]),
        "default": run("0"),
        "x64quantprecision=1": run("1")}
print(seen)
expected = {"right": 2072640, "onnx reference": 2072640, "default": 1048544, "x64quantprecision=1": 2072640}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
