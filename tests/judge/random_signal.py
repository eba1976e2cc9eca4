"""Spectra, tflite-micro's custom operators for signals, and those of detectors."""

import numpy as np
from random_case import operator
from tflite_writer import TYPES


def _power_of_two(c, low, high):
    return 2 ** c.number(low, high)


@operator("RFFT2D", "float32")
def _rfft2d(c):
    height, width = _power_of_two(c, 0, 4), _power_of_two(c, 1, 6)
    size = [max(1, n + c.pick(0, 0, -1, 1, c.number(-3, 3))) for n in (height, width)]
    front = c.shape(0, 2, 3) if c.chance(0.6) else []
    x = c.given("float32", [*front, *size])
    y = c.result("complex64", [*front, height, width // 2 + 1])
    c.node([x, c.constant("int32", [height, width])], [y], 1, "Rfft2dOptions")


@operator("COMPLEX_ABS REAL IMAG", "complex64")
def _complex_part(c):
    def values(_, shape):
        parts = c.r.standard_normal((2, *shape)) * 10.0 ** c.r.integers(-20, 20)
        parts = np.where(c.r.random((2, *shape)) < 0.1, 0, parts)
        return parts[0] + 1j * parts[1]

    shape = c.shape(1, 4)
    x = c.given("complex64", shape, values)
    c.node([x], [c.result("float32", shape)], 1)


def _samples(c, dtype, shape):
    """Loud, quiet and extreme samples."""
    if dtype == "float32":
        return c.values(dtype, shape)
    limits = np.iinfo(dtype)
    most = int(c.pick(limits.max, limits.max, limits.max // 16, 200))
    values = c.r.integers(max(-most - 1, int(limits.min)), most, shape, endpoint=True)
    return np.where(c.r.random(shape) < 0.05, c.pick(int(limits.min), int(limits.max)), values).astype(dtype)


def _runs(c, count):
    c.runs[:] = [[] for _ in range(count)]


def _front(c):
    return c.shape(1, 2, 3) if c.chance(0.4) else []


@operator("SignalRfft SignalIrfft", "float32 int16 int32")
def _rfft(c):
    length, front = _power_of_two(c, 2, 9), _front(c)
    spectrum = length + 2
    given, made = (c.pick(length, c.number(1, length)), spectrum) if c.name == "SignalRfft" else (spectrum, length)
    x = c.given(c.type, [*front, given], lambda t, s: _samples(c, t, s))
    c.custom_node([x], [c.result(c.type, [*front, made])], T=TYPES[c.type], fft_length=length)


@operator("SignalDelay", "int16")
def _delay(c):
    _runs(c, 4)
    shape = [*_front(c), c.number(1, 12)]
    x = c.given("int16", shape)
    c.custom_node([x], [c.result("int16", shape)], delay_length=c.number(0, 20))


@operator("SignalFramer", "int16")
def _framer(c):
    step, frames, front = c.number(1, 8), c.number(1, 4), _front(c)
    size, prefill = step + c.number(0, 12), c.chance(0.6)
    waits = 0 if prefill else -(-size // step) - 1  # steps before the first whole frame
    c.settling = -(-waits // frames)
    _runs(c, c.settling + 4)
    x = c.given("int16", [*front, step * frames])
    y = c.result("int16", [*front, frames, size])
    c.custom_node([x], [y, c.result("bool", [])], frame_size=size, frame_step=step, prefill=prefill)


@operator("SignalStacker", "int16")
def _stacker(c):
    channels, left, right = c.number(1, 6), c.number(0, 3), c.number(0, 2)
    c.settling = right
    _runs(c, c.settling + 4)
    x = c.given("int16", [channels])
    y = c.result("int16", [channels * (left + 1 + right)])
    c.custom_node([x], [y, c.result("bool", [])], num_channels=channels, stacker_left_context=left,
                  stacker_right_context=right, stacker_step=1)


@operator("SignalOverlapAdd", "float32 int16")
def _overlap_add(c):
    _runs(c, 4)
    step, frames, front = c.number(1, 6), c.number(1, 4), _front(c)
    size = step + c.number(0, 9)
    x = c.given(c.type, [*front, frames, size], lambda t, s: _samples(c, t, s))
    c.custom_node([x], [c.result(c.type, [*front, frames * step])], T=TYPES[c.type], frame_step=step)


@operator("SignalWindow", "int16")
def _window(c):
    size, front = c.number(1, 20), _front(c)
    x = c.given("int16", [*front, size * c.number(1, 2)], lambda t, s: _samples(c, t, s))
    weights = c.constant("int16", c.values("int16", [size]))
    y = c.result("int16", c.tensors[x].fields[0])
    c.custom_node([x, weights], [y], shift=c.number(0, 18))


@operator("SignalFftAutoScale", "int16")
def _fft_auto_scale(c):
    size = c.number(1, 40)
    x = c.given("int16", [size], lambda t, s: _samples(c, t, s) >> c.number(0, 15))
    c.custom_node([x], [c.result("int16", [size]), c.result("int32", [])])


@operator("SignalEnergy", "int16")
def _energy(c):
    bins = c.number(1, 30)
    x = c.given("int16", [2 * bins], lambda t, s: _samples(c, t, s))
    c.custom_node([x], [c.result("uint32", [bins])], end_index=bins, start_index=0)


def _energies(c, dtype, shape):
    """Of all magnitudes."""
    bits = np.iinfo(dtype).bits
    return c.r.integers(0, 2**bits, shape, dtype=dtype) >> c.r.integers(0, bits, shape).astype(dtype)


@operator("SignalFilterBank", "uint32")
def _filter_bank(c):
    bins, channels = c.number(4, 40), c.number(1, 8)
    widths = c.r.integers(0, 5, channels + 1)
    starts = [c.number(0, bins - int(w)) for w in widths]
    weight_starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    total = max(1, int(widths.sum()))
    x = c.given("uint32", [bins], lambda t, s: _energies(c, t, s))
    weights = [c.constant("int16", c.r.integers(-5 if c.chance(0.1) else 0, 4097, total)) for _ in range(2)]
    numbers = [c.constant("int16", v) for v in (starts, weight_starts, widths)]
    c.custom_node([x, *weights, *numbers], [c.result("uint64", [channels])], num_channels=channels)


@operator("SignalFilterBankSquareRoot", "uint64")
def _square_root(c):
    channels = c.number(1, 20)

    def values(dtype, shape):
        roots = c.r.integers(0, 2**32, shape, dtype=np.uint64)
        near = roots * roots + c.r.integers(-2, 3, shape).astype(np.uint64)
        return np.where(c.r.random(shape) < 0.3, near, _energies(c, dtype, shape))

    x = c.given("uint64", [channels], values)
    bits = c.given("int32", [], lambda t, s: c.r.integers(0, 20, s))
    c.custom_node([x, bits], [c.result("uint32", [channels])])


@operator("SignalFilterBankSpectralSubtraction", "uint32")
def _spectral_subtraction(c):
    _runs(c, 5)
    channels, bits = c.number(1, 12), c.number(8, 14)
    part = lambda: c.number(0, 2**bits)
    smoothing, alternate = part(), part()
    x = c.given("uint32", [channels], lambda t, s: _energies(c, t, s))
    outputs = [c.result("uint32", [channels]) for _ in range(2)]
    c.custom_node([x], outputs, alternate_one_minus_smoothing=2**bits - alternate, alternate_smoothing=alternate,
                  clamping=c.chance(0.5), min_signal_remaining=part(), num_channels=channels,
                  one_minus_smoothing=2**bits - smoothing, smoothing=smoothing, smoothing_bits=c.number(0, 12),
                  spectral_subtraction_bits=bits)


@operator("SignalPCAN", "uint32")
def _pcan(c):
    channels = c.number(1, 12)
    x = c.given("uint32", [channels], lambda t, s: _energies(c, t, s))
    noise = c.given("uint32", [channels], lambda t, s: _energies(c, t, s))
    gains = c.constant("int16", c.r.integers(-300, 20000, 125))
    c.custom_node([x, noise, gains], [c.result("uint32", [channels])], snr_shift=c.number(0, 20))


@operator("SignalFilterBankLog", "uint32")
def _log(c):
    channels = c.number(1, 20)
    x = c.given("uint32", [channels], lambda t, s: _energies(c, t, s))
    c.custom_node([x], [c.result("int16", [channels])], input_correction_bits=c.number(0, 8),
                  output_scale=c.pick(1600, 64, c.number(0, 40000)))


@operator("CIRCULAR_BUFFER", "int8")
def _circular_buffer(c):
    slots, width, channels = c.number(1, 6), c.number(1, 3), c.number(1, 4)
    c.settling = slots - 1
    _runs(c, slots + 4)
    quantization = c.quantization("int8")
    x = c.given("int8", [1, 1, width, channels], **quantization)
    y = c.result("int8", [1, slots, width, channels], **quantization)
    valid = c.chance(0.5)
    cycles = c.number(1, 3) if valid else 1
    c.custom_node([x], [y] + ([c.result("bool", [1])] if valid else []), cycles_max=cycles)


@operator("TFLite_Detection_PostProcess", "float32 uint8")
def _detection(c):
    boxes, classes, background = c.number(2, 14), c.number(1, 4), c.number(0, 1)
    regular = c.chance(0.5)
    side = int(np.ceil(np.sqrt(boxes)))
    places = np.array([((k // side + 0.5) / side, (k % side + 0.5) / side) for k in range(boxes)])
    # The fast kind leaves alone what it has no detection for: boxes that do not overlap fill all places.
    most = c.number(1, boxes) if not regular else c.number(1, 12)
    extent = c.pick(0.5, 1.5) / side if regular else 0.5 / side
    anchors = np.concatenate([places, np.full((boxes, 2), extent)], 1)
    spread = 1.0 if regular else 0.3
    shapes = [1, boxes, 4], [1, boxes, classes + background]
    if c.type == "float32":
        encodings = c.given("float32", shapes[0], lambda t, s: c.r.standard_normal(s) * spread)
        # No two scores are alike, so that their order is one.
        scores = c.given("float32", shapes[1], lambda t, s: (c.r.permutation(int(np.prod(s))) + 1) / (np.prod(s) + 2))
        anchor = c.constant("float32", anchors)
    else:
        encodings = c.given("uint8", shapes[0], lambda t, s: c.r.integers(100, 157, s), scale=0.02, zero_point=128)
        scores = c.given("uint8", shapes[1], scale=1 / 256, zero_point=0)
        anchor = c.constant("uint8", np.round(anchors * 200), scale=1 / 200, zero_point=0)
    outputs = [c.result("float32", shape) for shape in ([1, most, 4], [1, most], [1, most], [1])]
    threshold = float(np.float32(c.pick(0.3, 0.5))) if regular else -1.0
    c.custom_node([encodings, scores, anchor], outputs, max_detections=most, max_classes_per_detection=1,
                  detections_per_class=c.number(1, 8), use_regular_nms=regular, nms_score_threshold=threshold,
                  nms_iou_threshold=float(np.float32(0.55)), num_classes=classes, y_scale=10.0, x_scale=10.0,
                  h_scale=5.0, w_scale=5.0)
