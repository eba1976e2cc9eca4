"""Volumes, windows, spectra and tflite-micro's operators for signals; as in cases.py."""

from drawing import like_random_models

# Operator: (its cases' maker, how many, the judge where it is not tflite-micro).
OPERATORS = {
    "conv_3d": (like_random_models("CONV_3D", "float32"), 8, "litert-ref"),
    "reduce_window": (like_random_models("STABLEHLO_REDUCE_WINDOW", "float32"), 10, "litert-ref"),
    "reduce_window_types": (
        like_random_models("STABLEHLO_REDUCE_WINDOW", "int8", "int16", "uint8", "int32", "int64", "bool"), 20, "litert-ref"),
    "rfft2d": (like_random_models("RFFT2D", "float32"), 10, "litert-ref"),
    "complex_abs": (like_random_models("COMPLEX_ABS", "complex64"), 3, "litert-ref"),
    "real": (like_random_models("REAL", "complex64"), 3, "litert-ref"),
    "imag": (like_random_models("IMAG", "complex64"), 3, "litert-ref"),
    "signal_rfft": (like_random_models("SignalRfft", "int16", "int32"), 12),
    "signal_irfft": (like_random_models("SignalIrfft", "int16", "int32"), 12),
    "signal_window": (like_random_models("SignalWindow", "int16"), 6),
    "signal_fft_auto_scale": (like_random_models("SignalFftAutoScale", "int16"), 6),
    "signal_energy": (like_random_models("SignalEnergy", "int16"), 4),
    "signal_filter_bank": (like_random_models("SignalFilterBank", "uint32"), 6),
    "signal_filter_bank_square_root": (like_random_models("SignalFilterBankSquareRoot", "uint64"), 4),
    "signal_pcan": (like_random_models("SignalPCAN", "uint32"), 6),
    "signal_filter_bank_log": (like_random_models("SignalFilterBankLog", "uint32"), 6),
}
