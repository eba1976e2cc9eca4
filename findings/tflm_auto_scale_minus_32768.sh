#!/usr/bin/env bash
# tflite-micro's SignalFftAutoScale shifts all bits of the samples out behind one of -32768.
# Version: tflite-micro 0.dev20261023182759.
# The operator scales a frame up to 16 bits before a Fourier transform, by its largest magnitude. That of -32768 does not
# fit int16 and becomes -32768 itself, so that any later sample counts as larger: a frame of -32768 and 5 is shifted by
# twelve bits, as if 5 were its largest.
# Why it matters: a microphone that clips gives -32768; the spectrum of that frame is then of noise.
# What to do: clamp samples to -32767 before it.

set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
python3 -m venv env
env/bin/pip --disable-pip-version-check -q install --no-compile ai-edge-litert==2.3.0 flatbuffers==25.12.19 \
  numpy==2.4.6 tflite-micro==0.dev20261023182759
env/bin/python -B - <<'END'
import sys
from importlib.metadata import version

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as fb
from flatbuffers import flexbuffers
from tflite_micro.python.tflite_micro import runtime

print("tflite-micro", version("tflite-micro"))


def auto_scale(samples):
    m, g, code, node = fb.ModelT(), fb.SubGraphT(), fb.OperatorCodeT(), fb.OperatorT()
    m.version, m.buffers, m.subgraphs, m.operatorCodes = 3, [fb.BufferT()], [g], [code]
    code.builtinCode = code.deprecatedBuiltinCode = fb.BuiltinOperator.CUSTOM
    code.customCode = "SignalFftAutoScale"
    node.inputs, node.outputs = [0], [1, 2]
    node.customOptions = np.frombuffer(flexbuffers.Dumps({}), np.uint8)
    g.tensors, g.operators, g.inputs, g.outputs = [], [node], [0], [1, 2]
    for shape, kind in (([len(samples)], fb.TensorType.INT16), ([len(samples)], fb.TensorType.INT16),
                        ([], fb.TensorType.INT32)):
        tensor = fb.TensorT()
        tensor.shape, tensor.type, tensor.buffer = shape, kind, 0
        g.tensors.append(tensor)
    out = flatbuffers.Builder()
    out.Finish(m.Pack(out), b"TFL3")
    i = runtime.Interpreter.from_bytes(bytes(out.Output()))
    i.set_input(np.array(samples, np.int16), 0)
    i.invoke()
    return i.get_output(0).tolist(), int(i.get_output(1))


seen = {samples: auto_scale(samples) for samples in ((-32767, 5), (-32768, 5), (5, -32768))}
for samples, (scaled, bits) in seen.items():
    print(f"{list(samples)} is shifted by {bits} bits and becomes {scaled}")
expected = {(-32767, 5): ([-32767, 5], 0), (-32768, 5): ([0, 20480], 12), (5, -32768): ([5, -32768], 0)}

if seen != expected:
    sys.exit(f"This has changed. Expected: {expected}")
print("As described.")
END
