"""Random cases that keep state: recurrent layers, and models with resource variables. Like those of cases.py, each
function appends to a Model; they are run several times in sequence (make_golden_state.py)."""

import numpy as np
import random_case
import random_models
import tflite_writer
from flatbuffers import flexbuffers

TANH = 4


def _scale(r, low, high):
    return np.float32(np.exp(r.uniform(np.log(low), np.log(high))))


def _put(m, dtype, values, scale=None):
    return m.tensor(dtype, values.shape, values, scale, 0)


def _lstm(m, r, dtype):
    batches, steps, inputs, units = (int(r.integers(1, high)) for high in (3, 5, 14, 10))
    time_major = bool(r.integers(0, 2))
    low, high = (-128, 127) if dtype == "int8" else (-32768, 32767)
    step = 1 if dtype == "int8" else 1 / 256
    zero = lambda: int(r.choice([-128, 0, 127, r.integers(-128, 128)])) if dtype == "int8" else 0
    order = (lambda b, t, n: [t, b, n]) if time_major else (lambda b, t, n: [b, t, n])
    # Sums that reach all parts of the gates' range of [-8, 8].
    x_scale, h_scale = np.float32(_scale(r, 0.005, 0.05) * step), np.float32(_scale(r, 0.004, 0.008) * step)
    x = m.tensor(dtype, order(batches, steps, inputs), scale=x_scale, zero_point=zero())
    m.inputs.append(x)
    weights = lambda rows, columns: _put(
        m, "int8", r.integers(-127, 128, (rows, columns), dtype=np.int8), _scale(r, 0.002, 0.03))
    from_input = [weights(units, inputs) for _ in range(4)]
    from_last = [weights(units, units) for _ in range(4)]
    bias_type, most = ("int32", 3000) if dtype == "int8" else ("int64", 700000)
    bias = [_put(m, bias_type, r.integers(-most, most, units).astype(bias_type), np.float32(1e-4)) for _ in range(4)]
    h_zero = zero()
    state = m.tensor(dtype, [batches, units], scale=h_scale, zero_point=h_zero, variable=True)
    cell = m.tensor("int16", [batches, units], scale=np.float32(2.0 ** -int(r.integers(8, 15))), variable=True)
    y = m.tensor(dtype, order(batches, steps, units), scale=h_scale, zero_point=h_zero)
    m.outputs.append(y)
    clip = float(np.float32(r.choice([0.0, 10.0, 0.7])))
    m.operator(44, 1, [x, *from_input, *from_last, -1, -1, -1, *bias, -1, -1, state, cell, -1, -1, -1, -1], [y], 71, {
        0: ("int8", TANH), 1: ("float32", clip), 2: ("float32", 0.0), 3: ("bool", time_major)})


def lstm_int8(m, r):
    _lstm(m, r, "int8")


def lstm_int16(m, r):
    _lstm(m, r, "int16")


def svdf(m, r):
    batches, inputs, units, rank, memory = (int(r.integers(1, high)) for high in (3, 20, 8, 4, 10))
    state_type = str(r.choice(["int8", "int16"]))
    most = 127 if state_type == "int8" else 1000
    zero = lambda: int(r.choice([-128, 0, 127, r.integers(-128, 128)]))
    x_scale, feature_scale = _scale(r, 0.005, 0.1), _scale(r, 0.002, 0.02)
    # Sums of an int8 state stay well inside: beyond, this tflite-micro adds the zero point last and wraps around.
    typical_state = 12 if state_type == "int8" else 9000
    state_scale = np.float32(x_scale * feature_scale * np.sqrt(inputs) * 74 * 130 / typical_state)
    time_scale = _scale(r, 0.002, 0.02)
    filters = units * rank
    x = m.tensor("int8", [batches, inputs], scale=x_scale, zero_point=zero())
    m.inputs.append(x)
    feature = _put(m, "int8", r.integers(-127, 128, (filters, inputs), dtype=np.int8), feature_scale)
    time = _put(m, state_type, r.integers(-most, most + 1, (filters, memory)).astype(state_type), time_scale)
    bias = _put(m, "int32", r.integers(-5000, 5000, units).astype(np.int32), np.float32(state_scale * time_scale))
    state = m.tensor(state_type, [batches, filters * memory], scale=state_scale,
                     zero_point=int(r.integers(-20, 20)) if state_type == "int8" else 0, variable=True)
    typical = state_scale * time_scale * np.sqrt(rank * memory) * typical_state * most / 1.7
    y = m.tensor("int8", [batches, units], scale=np.float32(typical / r.uniform(20, 60)), zero_point=zero())
    m.outputs.append(y)
    m.operator(27, 3, [x, feature, time, bias, state], [y], 6, {
        0: ("int32", rank), 1: ("int8", int(r.choice([0, 1]))), 2: ("bool", False)})


def resource_variables(m, r):
    """y = state, concatenated with x; state = x + 0: read, then assigned, with a first content from CALL_ONCE or none."""
    width = int(r.integers(2, 6))
    name = f"state_{len(m.operators)}"
    scale, zero_point = _scale(r, 0.01, 0.1), int(r.integers(-128, 128))
    tensor = lambda g, shape, data=None: g.tensor("int8", shape, data, scale, zero_point)
    handle = lambda g: g.tensor("resource", [])
    if r.random() < 0.7:
        first = m.subgraph()
        h = handle(first)
        first.operator(142, 1, [], [h], 111, {0: "", 1: name})
        first.operator(144, 1, [h, tensor(first, [1, width], r.integers(-128, 128, (1, width), dtype=np.int8))], [], 113, {})
        m.operator(129, 1, [], [], 103, {0: ("int32", len(m.others))})
    h, x, before = handle(m), tensor(m, [1, width]), tensor(m, [1, width])
    y, z = tensor(m, [1, 2 * width]), tensor(m, [1, width])
    m.inputs.append(x)
    m.outputs += [y, z]
    m.operator(142, 1, [], [h], 111, {0: "", 1: name})
    m.operator(143, 1, [h], [before], 112, {})
    m.operator(2, 2, [before, x], [y], 10, {0: ("int32", 1), 1: ("int8", 0)})
    m.operator(55, 2, [before, x], [z], 39, {})
    m.operator(144, 1, [h, z if r.random() < 0.5 else x], [], 113, {})


def like_random_models(name, *dtypes):
    """The cases of a maker in random_*.py whose answers are told from the first run on."""

    def make(m, r):
        while True:
            start, dtype = r.bit_generator.state, str(r.choice(dtypes))
            trial = random_case.Case(name, dtype, r)
            random_models.OPERATORS[name][0](trial)
            if trial.settling == 0:
                break
        r.bit_generator.state = start
        case = random_case.Case(name, str(r.choice(dtypes)), r)
        case.__dict__.update(m.__dict__)  # it draws onto m
        random_models.OPERATORS[name][0](case)

    return make


def audio_front_end(m, r):
    """From samples to the features of a network: what tflite-micro's example of speech has in front of its network."""
    samples, length, channels, bits = int(r.integers(33, 65)), 64, int(r.integers(4, 9)), 14
    bins = length // 2 + 1

    def operator(name, inputs, *outputs, **options):
        made = [m.tensor(dtype, shape) for dtype, shape in outputs]
        m.operator(name, 1, inputs, made, options=bytes(flexbuffers.Dumps(options)))
        return made

    constant = lambda values: m.tensor("int16", [len(values)], np.asarray(values, np.int16))
    m.inputs.append(m.tensor("int16", [samples]))
    hann = np.round(4096 * np.sin(np.pi * np.arange(samples) / samples) ** 2)
    (windowed,) = operator("SignalWindow", [m.inputs[-1], constant(hann)], ("int16", [samples]), shift=12)
    scaled, shift = operator("SignalFftAutoScale", [windowed], ("int16", [samples]), ("int32", []))
    (spectrum,) = operator("SignalRfft", [scaled], ("int16", [2 * bins]), T=tflite_writer.TYPES["int16"], fft_length=length)
    (energy,) = operator("SignalEnergy", [spectrum], ("uint32", [bins]), end_index=bins, start_index=0)
    edges = np.sort(r.choice(np.arange(1, bins), channels, replace=False))
    starts, widths = np.concatenate([[0], edges]), np.diff(np.concatenate([[0], edges, [bins]]))
    weights = r.integers(0, 4097, bins)
    bands = [constant(v) for v in (weights, 4096 - weights, starts, starts, widths)]
    (banks,) = operator("SignalFilterBank", [energy, *bands], ("uint64", [channels]), num_channels=channels)
    (roots,) = operator("SignalFilterBankSquareRoot", [banks, shift], ("uint32", [channels]))
    even, odd = int(0.025 * 2**bits), int(0.06 * 2**bits)
    signal, noise = operator(
        "SignalFilterBankSpectralSubtraction", [roots], ("uint32", [channels]), ("uint32", [channels]),
        alternate_one_minus_smoothing=2**bits - odd, alternate_smoothing=odd, clamping=False,
        min_signal_remaining=int(0.05 * 2**bits), num_channels=channels, one_minus_smoothing=2**bits - even,
        smoothing=even, smoothing_bits=10, spectral_subtraction_bits=bits)
    gains = np.linspace(20000, 10, 125)
    (gained,) = operator("SignalPCAN", [signal, noise, constant(gains)], ("uint32", [channels]), snr_shift=6)
    features = operator("SignalFilterBankLog", [gained], ("int16", [channels]), input_correction_bits=3, output_scale=1600)
    m.outputs += [*features, gained]


# What is run: (its maker, how many cases).
STATEFUL = {
    "lstm_int8": (lstm_int8, 16),
    "lstm_int16": (lstm_int16, 10),
    "svdf": (svdf, 16),
    "resource_variables": (resource_variables, 6),
    "audio_front_end": (audio_front_end, 4),
    "signal_delay": (like_random_models("SignalDelay", "int16"), 6),
    "signal_framer": (like_random_models("SignalFramer", "int16"), 6),
    "signal_stacker": (like_random_models("SignalStacker", "int16"), 6),
    "signal_overlap_add": (like_random_models("SignalOverlapAdd", "float32", "int16"), 8),
    "signal_spectral_subtraction": (like_random_models("SignalFilterBankSpectralSubtraction", "uint32"), 6),
    "circular_buffer": (like_random_models("CIRCULAR_BUFFER", "int8"), 4),
}
