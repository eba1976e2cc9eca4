#pragma once

#include "mirim/graph/op.hpp"

namespace mirim {

/// The Fourier transform of each row, padded with zeros to `fft_length`, a power of two from 4 on: the first half and
/// one number more, as pairs of real and imaginary part. x [...,n] with n <= fft_length, float32, int16 or int32;
/// output
/// [...,fft_length + 2] of the same type. Integers are divided by fft_length, with the roundings of KISS FFT in fixed
/// point, which tflite-micro uses.
struct SignalRfft {
  static constexpr std::string_view name = "SignalRfft";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::int32_t type = 0;  ///< of x, by TFLite's number
  std::int32_t fft_length = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalRfft&) const = default;
};

/// The way back: x [...,fft_length + 2] as SignalRfft makes it, output [...,fft_length] of the same type. Divided by
/// fft_length in all types.
struct SignalIrfft {
  static constexpr std::string_view name = "SignalIrfft";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::int32_t type = 0;
  std::int32_t fft_length = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalIrfft&) const = default;
};

}  // namespace mirim
