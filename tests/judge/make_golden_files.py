#!/usr/bin/env python3
"""Writes tests/golden/files: whole files in forms that converters and compressors have of their own, NAME.tflite, with
two runs in NAME.in0.npy and the judge's answers in NAME.out0.npy.

    tests/judge/make_golden_files.py     with the python that tests/judge/setup prints

axis3_*   float CONV_2D whose int8 weights have a scale for each input channel, as onnx2tf writes them. LiteRT refuses
          them; its reference kernels judge the same layer behind a DEQUANTIZE of the weights.
tflm_*    written by tflite-micro's compression package (lut) or with its model editor (huffman, pruned, whose writers
          it lacks). tflite-micro judges: the file as it was, and the compressed one where it reads its own tool's right
          (a lut with one table for weights with many scales is read wrongly: findings/tflm_lut_tables.sh).
onnx2tf_* written by onnx2tf 2.6.9 (flatbuffer_direct) of ONNX's LSTM of both directions with 4 inputs, 6 units and 5
          steps. LiteRT's reference kernels judge. The file stays, its answers are made again."""

import collections
import heapq
import importlib
import pathlib
import warnings

import judges
import numpy as np
import tflite_writer
from tflite_micro.tensorflow.lite.micro.compression import compressor, decode, decode_insert, model_editor, spec

compress = importlib.import_module("tflite_micro.tensorflow.lite.micro.compression.compress")
FOLDER = pathlib.Path(__file__).resolve().parents[1] / "golden" / "files"
VALUES = np.array([-100, -50, -7, 0, 0, 0, 31, 90])


def axis3(r, plain):
    """Two layers; `plain`: as a runtime can compute it, with the weights behind a DEQUANTIZE."""
    m = tflite_writer.Model()
    m.inputs.append(m.tensor("float32", [1, 7, 7, 3]))
    x, shape = m.inputs[0], (7, 7, 3)
    for outputs in (5, 2):
        values = r.integers(-127, 128, [outputs, 3, 3, shape[2]]).astype(np.int8)
        scales = np.exp(r.uniform(-7, -2, shape[2])).astype(np.float32)
        weights = m.tensor("int8", values.shape, values, scales, 0, 3)
        if plain:
            stored, weights = weights, m.tensor("float32", values.shape)
            m.operator(6, 5, [stored], [weights])
        bias = m.tensor("float32", [outputs], r.standard_normal(outputs).astype(np.float32))
        shape = (shape[0] - 2, shape[1] - 2, outputs)
        y = m.tensor("float32", [1, *shape])
        m.operator(3, 5, [x, weights, bias], [y], 1, {0: ("int8", 1), 1: ("int32", 1), 2: ("int32", 1),
                                                      3: ("int8", 1), 4: ("int32", 1), 5: ("int32", 1)})
        x = y
    m.outputs.append(x)
    return m.bytes()


def network(r, dtype):
    """CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED; weights and biases have few different values."""
    m = tflite_writer.Model()
    integer = dtype != "float32"
    scale = lambda s: {"scale": np.float32(s)} if integer else {}
    bias_type = {"int8": "int32", "int16": "int64", "float32": "float32"}[dtype]

    def layer(shape, axis, x_scale):
        outputs = shape[axis]
        values = r.choice(VALUES, shape)
        if not integer:
            return [m.tensor("float32", shape, values / 100), m.tensor("float32", [outputs], r.choice(VALUES, outputs))]
        scales = r.uniform(0.005, 0.01, outputs).astype(np.float32)
        return [m.tensor("int8", shape, values, scales, 0, axis),
                m.tensor(bias_type, [outputs], r.choice(VALUES, outputs) * 10, np.float32(x_scale) * scales)]

    s = [0.05, 0.1, 0.2, 0.4] if dtype == "int8" else [2e-4, 4e-4, 8e-4, 2e-3]
    x = m.tensor(dtype, [1, 8, 8, 2], **scale(s[0]))
    m.inputs.append(x)
    y = m.tensor(dtype, [1, 6, 6, 6], **scale(s[1]))
    m.operator(3, 4, [x, *layer([6, 3, 3, 2], 0, s[0])], [y], 1, {0: ("int8", 1), 1: ("int32", 1), 2: ("int32", 1),
                                                                 4: ("int32", 1), 5: ("int32", 1)})
    z = m.tensor(dtype, [1, 4, 4, 6], **scale(s[2]))
    m.operator(4, 5, [y, *layer([1, 3, 3, 6], 3, s[1])], [z], 2, {0: ("int8", 1), 1: ("int32", 1), 2: ("int32", 1),
                                                                 3: ("int32", 1), 5: ("int32", 1), 6: ("int32", 1)})
    out = m.tensor(dtype, [1, 5], **scale(s[3]))
    weights, bias = layer([5, 96], 0, s[2])
    if integer:  # tflite-micro has no int16 FULLY_CONNECTED with a scale for each channel
        for tensor in (weights, bias):
            q = m.tensors[tensor].fields[4].fields
            q[2], q[3] = q[2][:1], q[3][:1]
    m.operator(9, 7, [z, weights, bias], [out], 8, {0: ("int8", 0)})
    m.outputs.append(out)
    return m.bytes()


def huffman_codes(values):
    """{value: its code as a text of 0 and 1}."""
    heap = [(n, i, {v: ""}) for i, (v, n) in enumerate(sorted(collections.Counter(values).items()))]
    heapq.heapify(heap)
    for i in range(len(heap), 2 * len(heap) - 1):
        a, b = heapq.heappop(heap), heapq.heappop(heap)
        codes = {v: "0" + code for v, code in a[2].items()} | {v: "1" + code for v, code in b[2].items()}
        heapq.heappush(heap, (a[0] + b[0], i, codes))
    return heap[0][2]


def huffman_tables(codes, first_bits, wide):
    """Xtensa's tables: an entry is a value and the bits that it took, or the bits and place of a further table."""
    shift, found, mask = (27, 1 << 31, 0xFFFF) if wide else (11, 1 << 15, 0xFF)
    table = [0] * (1 << first_bits)

    def fill(base, bits, those):
        longer = collections.defaultdict(dict)
        for value, code in those.items():
            if len(code) > bits:
                longer[code[:bits]][value] = code[bits:]
                continue
            for rest in range(1 << (bits - len(code))):
                at = base + (int(code, 2) << (bits - len(code))) + rest
                table[at] = found | len(code) << shift | value & mask
        for begin, rest in longer.items():
            more, next_table, at = min(2, max(map(len, rest.values()))), len(table), base + int(begin, 2)
            table.extend([0] * (1 << more))
            table[at] = (more - 1) << shift | (next_table - at)
            fill(next_table, more, rest)

    fill(0, first_bits, codes)
    return np.array(table, np.uint32 if wide else np.uint16).tobytes()


def huffman(array, first_bits, wide):
    values = [int(v) for v in array.reshape(-1)]
    codes = huffman_codes(values)
    text = "".join(codes[v] for v in values)
    text += "0" * (-len(text) % 32)
    header = decode.DecodeCommonMetadata(decode.DecodeType.HUFFMAN, user_data=bytes([1, (first_bits - 1) << 4 | wide]))
    return compressor.CompressionResult(encoded_data=int(text, 2).to_bytes(len(text) // 8, "big"),
                                        ancillary_data=header.to_bytes() + huffman_tables(codes, first_bits, wide))


def pruned(array):
    header = decode.DecodeCommonMetadata(decode.DecodeType.PRUNING, user_data=bytes([1]))
    flat = array.reshape(-1)
    return compressor.CompressionResult(encoded_data=np.packbits(flat != 0).tobytes(),
                                        ancillary_data=header.to_bytes() + flat[flat != 0].tobytes())


def constants(model):
    """(place, tensor) of each, of the main graph."""
    return [(i, t) for i, t in enumerate(model.subgraphs[0].tensors) if t.buffer is not None and t.buffer.data]


def encoded(data, method):
    """The file with all constants encoded by method(place, array)."""
    model = model_editor.read(data)
    decode_insert.insert_decode_operators(model, {(0, i): method(i, t.array) for i, t in constants(model)})
    return bytes(compress._apply_flatbuffer_alignment(model.build()))


def with_tables(data, mode):
    """The file as the tool writes it; `mode` of a tensor says how many tables it has."""
    specs = [spec.Tensor(0, i, [spec.LookUpTableCompression(3, mode(t))]) for i, t in constants(model_editor.read(data))]
    return bytes(compress.compress(data, specs))


def by_scales(tensor):
    q = tensor.quantization
    one = q is None or len(np.atleast_1d(q.scales)) == 1
    return spec.PerTensor() if one else spec.PerChannel(q.axis)


def older(data):
    """As the tool wrote it before the header named the axis."""
    model = model_editor.read(with_tables(data, by_scales))
    for _, tensor in constants(model):
        if tensor.name.endswith("ancillary"):
            content = bytearray(tensor.buffer.data)
            content[5] &= 7
            tensor.buffer = model_editor.Buffer(data=bytes(content))
    return bytes(compress._apply_flatbuffer_alignment(model.build()))


def write(name, data, runs, answers):
    (FOLDER / f"{name}.tflite").write_bytes(data)
    np.save(FOLDER / f"{name}.in0.npy", np.stack(runs))
    np.save(FOLDER / f"{name}.out0.npy", np.stack(answers))


def answers_of(judge, data, runs):
    return [run[0] for run in judges.run(judge, data, [[x] for x in runs])]


def write_answers(name, judge):
    data = (FOLDER / f"{name}.tflite").read_bytes()
    r = np.random.default_rng(6)
    runs = [[r.standard_normal((5, 1, 4)).astype(np.float32)] for _ in range(2)]
    np.save(FOLDER / f"{name}.in0.npy", np.stack([x for x, in runs]))
    for i, answers in enumerate(zip(*judges.run(judge, data, runs), strict=True)):
        np.save(FOLDER / f"{name}.out{i}.npy", np.stack(answers))


def write_compressed(name, dtype, encode, misread=False):
    r = np.random.default_rng(5)
    plain = network(r, dtype)
    runs = [judges.random_inputs(plain, r)[0] for _ in range(2)]
    data, answers = encode(plain), answers_of("tflm", plain, runs)
    same = all(np.array_equal(a, b) for a, b in zip(answers, answers_of("tflm", data, runs), strict=True))
    if same == misread:
        raise SystemExit(f"{name}: tflite-micro reads it {'right' if same else 'wrongly'}")
    write(name, data, runs, answers)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    FOLDER.mkdir(parents=True, exist_ok=True)
    generator = np.random.default_rng(4)
    images = [generator.standard_normal((1, 7, 7, 3)).astype(np.float32) for _ in range(2)]
    file, judged = (axis3(np.random.default_rng(3), plain) for plain in (False, True))
    write("axis3_conv2d", file, images, answers_of("litert-ref", judged, images))
    write_compressed("tflm_lut_int8", "int8", lambda d: with_tables(d, by_scales))
    write_compressed("tflm_lut_float32", "float32", lambda d: with_tables(d, by_scales))
    write_compressed("tflm_lut_int16", "int16", lambda d: with_tables(d, by_scales))
    write_compressed("tflm_lut_one_table", "int8", lambda d: with_tables(d, lambda t: spec.PerTensor()), misread=True)
    write_compressed("tflm_lut_older", "int8", older)
    by_type = lambda first_bits, wide: lambda i, a: huffman(a, first_bits(i), wide) if a.dtype == np.int8 else pruned(a)
    write_compressed("tflm_huffman_int8", "int8", lambda d: encoded(d, by_type(lambda i: 1 + i % 4, False)))
    write_compressed("tflm_huffman_wide", "int16", lambda d: encoded(d, by_type(lambda i: 2, True)))
    write_compressed("tflm_pruned_float32", "float32", lambda d: encoded(d, lambda i, a: pruned(a)))
    write_compressed("tflm_pruned_int8", "int8", lambda d: encoded(d, lambda i, a: pruned(a)))
    write_answers("onnx2tf_lstm_both", "litert-ref")
