#pragma once

#include "mirim/graph/op.hpp"

/// tflite-micro's custom operators from a spectrum to the features of a network: energies, a mel filter bank, and what
/// is done to its channels. All integers; vectors of one dimension.
namespace mirim {

/// y[i] = re[i]^2 + im[i]^2 for start_index <= i < end_index, 0 elsewhere. x [2 n] int16, pairs of real and imaginary
/// part; output [n] uint32.
struct SignalEnergy {
  static constexpr std::string_view name = "SignalEnergy";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::int32_t end_index = 0;
  std::int32_t start_index = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalEnergy&) const = default;
};

/// y[c] = sum over the band of channel c + 1 of weights * x + sum over the band before it of unweights * x, modulo
/// 2^64: filters that overlap by a band. Band b has the energies x[frequency_starts[b] + j] and the weights
/// [weight_starts[b] + j], j in [0, widths[b]).
///
/// Inputs: x [n] uint32; weights, unweights [m]; frequency_starts, weight_starts, widths [num_channels + 1], constants,
/// all int16. Output [num_channels] uint64.
struct SignalFilterBank {
  static constexpr std::string_view name = "SignalFilterBank";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::int32_t num_channels = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalFilterBank&) const = default;
};

/// y = round(sqrt(x)) / 2^bits, rounded down. x [n] uint64; bits, one int32 of which five bits count; output [n]
/// uint32.
struct SignalFilterBankSquareRoot {
  static constexpr std::string_view name = "SignalFilterBankSquareRoot";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options&) {}
  bool operator==(const SignalFilterBankSquareRoot&) const = default;
};

/// x without its noise, which is x's running mean: noise = smoothing * x + one_minus_smoothing * noise, for odd
/// channels with the alternate numbers. At least min_signal_remaining of x stays. Fractions have
/// spectral_subtraction_bits, the noise smoothing_bits more than x; with `clamping` it never exceeds x. x
/// [num_channels] uint32; outputs y and noise, both as x.
struct SignalFilterBankSpectralSubtraction {
  static constexpr std::string_view name = "SignalFilterBankSpectralSubtraction";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;
  static constexpr OperatorKind kind = OperatorKind::state;

  std::int32_t alternate_one_minus_smoothing = 0;
  std::int32_t alternate_smoothing = 0;
  bool clamping = false;
  std::int32_t min_signal_remaining = 0;
  std::int32_t num_channels = 0;
  std::int32_t one_minus_smoothing = 0;
  std::int32_t smoothing = 0;
  std::int32_t smoothing_bits = 0;
  std::int32_t spectral_subtraction_bits = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  std::vector<int> variables(Types in) const;
  std::vector<TensorType> hidden_states(Types in) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalFilterBankSpectralSubtraction&) const = default;
};

/// y = shrink(x * gain(noise) / 2^snr_shift): a gain for each channel that falls with its noise (per-channel energy
/// normalisation). The gain is a polynomial for each power of two, whose numbers are in gain_lut. x and noise [n]
/// uint32, gain_lut [125 or more] int16; output [n] uint32.
struct SignalPcan {
  static constexpr std::string_view name = "SignalPCAN";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::int32_t snr_shift = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalPcan&) const = default;
};

/// y = ln(x * 2^input_correction_bits) * output_scale, at most 32767; 0 for a logarithm of at most 1. x [n] uint32;
/// output [n] int16.
struct SignalFilterBankLog {
  static constexpr std::string_view name = "SignalFilterBankLog";
  static constexpr int tflite_code = kCustomOperator;
  static constexpr int tflite_options = 0;

  std::int32_t input_correction_bits = 0;
  std::int32_t output_scale = 0;

  std::vector<TensorType> infer(Types in) const;
  Cost cost(Types in) const;
  void forward(Inputs x, Outputs y) const;
  KernelCall lower(Types in, Types out) const;
  void options(Options& o);
  bool operator==(const SignalFilterBankLog&) const = default;
};

}  // namespace mirim
