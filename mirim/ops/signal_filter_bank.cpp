#include "mirim/ops/signal_filter_bank.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/signal_filter_bank.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/hidden_state.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr std::string_view kHeader = "mirim/micro/signal_filter_bank.hpp";

void require_vector(std::string_view op, Types in, int i, DType dtype) {
  require_dtype(op, in, i, {dtype});
  require_rank(op, in, i, 1);
}

void require_bits(std::string_view op, std::string_view what, std::int32_t value, std::int32_t most) {
  if (value < 0 || value > most) fail("{}: {} is {}, expected 0 to {}", op, what, value, most);
}

/// log2(1 + f) - f for f = 0, 1/128, ..., 1, with 16 bits of fraction; one more, which is only multiplied by 0.
std::vector<std::uint16_t> logarithms() {
  std::vector<std::uint16_t> result;
  for (int i = 0; i <= 128; ++i) {
    const double f = i / 128.0;
    result.push_back(static_cast<std::uint16_t>(std::lround(65536 * (std::log2(1 + f) - f))));
  }
  result.push_back(0);
  return result;
}

/// The numbers of a band of SignalFilterBank.
std::span<const std::int16_t> band_numbers(Types in, int i, std::int32_t channels) {
  constexpr std::string_view kName = SignalFilterBank::name;
  if (!in[i].is_constant()) fail_unsupported("{}: {} is no constant", kName, describe_input(in, i));
  const auto values = in[i].values<std::int16_t>();
  if (static_cast<std::int64_t>(values.size()) < std::int64_t{channels} + 1) {
    fail("{}: {}, expected one number for each of {} channels and one more", kName, describe_input(in, i), channels);
  }
  return values;
}

}  // namespace

std::vector<TensorType> SignalEnergy::infer(Types in) const {
  require_inputs(name, in, 1);
  require_vector(name, in, 0, DType::int16);
  const std::int64_t bins = in[0].shape()[0] / 2;
  if (in[0].shape()[0] % 2 != 0) fail("{}: {}, expected pairs", name, describe_input(in, 0));
  if (start_index < 0 || end_index > bins) {
    fail("{}: from {} to {} of {} numbers", name, start_index, end_index, bins);
  }
  return {{DType::uint32, {bins}}};
}

Cost SignalEnergy::cost(Types in) const { return {.operations = 3 * infer(in)[0].shape[0]}; }

void SignalEnergy::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalEnergy::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const micro::SignalEnergyParams params{
      .bins = device_int(name, in[0].shape()[0] / 2), .begin = start_index, .end = end_index};
  KernelCall call = make_kernel_call(std::string(kHeader), "signal_energy", "SignalEnergyParams", &micro::signal_energy,
                                     params, {kernel_input(0), kernel_output(0)});
  return call;
}

void SignalEnergy::options(Options& o) {
  o.field(0, "end_index", end_index, 0);
  o.field(1, "start_index", start_index, 0);
}

std::vector<TensorType> SignalFilterBank::infer(Types in) const {
  require_inputs(name, in, 6);
  require_vector(name, in, 0, DType::uint32);
  for (int i = 1; i < 6; ++i) require_vector(name, in, i, DType::int16);
  if (num_channels < 1) fail("{}: num_channels is {}, expected at least 1", name, num_channels);
  const auto starts = band_numbers(in, 3, num_channels), weight_starts = band_numbers(in, 4, num_channels),
             widths = band_numbers(in, 5, num_channels);
  const std::int64_t energies = in[0].shape()[0], weights = std::min(in[1].shape()[0], in[2].shape()[0]);
  for (std::size_t b = 0; b <= static_cast<std::size_t>(num_channels); ++b) {
    if (widths[b] <= 0) continue;
    const bool inside = starts[b] >= 0 && starts[b] + widths[b] <= energies && weight_starts[b] >= 0 &&
                        weight_starts[b] + widths[b] <= weights;
    if (!inside) {
      fail("{}: band {} reaches outside of its {} energies or {} weights", name, b, energies, weights);
    }
  }
  return {{DType::uint64, {num_channels}}};
}

Cost SignalFilterBank::cost(Types in) const {
  infer(in);
  Cost cost;
  for (const std::int16_t width : band_numbers(in, 5, num_channels)) cost.macs += 2 * std::max<std::int64_t>(0, width);
  return cost;
}

void SignalFilterBank::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalFilterBank::lower(Types in, Types) const {
  for (int i = 0; i < 3; ++i) device_int(name, in[i].type->bytes());
  const micro::SignalFilterBankParams params{.channels = num_channels};
  return make_kernel_call(std::string(kHeader), "signal_filter_bank", "SignalFilterBankParams",
                          &micro::signal_filter_bank, params,
                          {kernel_input(0), kernel_input(1), kernel_input(2), kernel_input(3), kernel_input(4),
                           kernel_input(5), kernel_output(0)});
}

void SignalFilterBank::options(Options& o) { o.field(0, "num_channels", num_channels, 0); }

std::vector<TensorType> SignalFilterBankSquareRoot::infer(Types in) const {
  require_inputs(name, in, 2);
  require_vector(name, in, 0, DType::uint64);
  require_dtype(name, in, 1, {DType::int32});
  if (in[1].shape().elements() != 1) fail("{}: {}, expected one number", name, describe_input(in, 1));
  return {{DType::uint32, in[0].shape()}};
}

Cost SignalFilterBankSquareRoot::cost(Types in) const { return {.operations = 32 * infer(in)[0].shape[0]}; }

void SignalFilterBankSquareRoot::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalFilterBankSquareRoot::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const micro::SignalChannelsParams params{.channels = device_int(name, in[0].shape()[0])};
  return make_kernel_call(std::string(kHeader), "signal_square_root", "SignalChannelsParams",
                          &micro::signal_square_root, params, {kernel_input(0), kernel_input(1), kernel_output(0)});
}

std::vector<TensorType> SignalFilterBankSpectralSubtraction::infer(Types in) const {
  require_inputs(name, in, 1, 2);
  require_vector(name, in, 0, DType::uint32);
  if (num_channels < 1 || in[0].shape() != Shape{num_channels}) {
    fail("{}: {}, expected num_channels = {}", name, describe_input(in, 0), num_channels);
  }
  require_bits(name, "smoothing_bits", smoothing_bits, 31);
  require_bits(name, "spectral_subtraction_bits", spectral_subtraction_bits, 63);
  require_states(name, in, 1, hidden_states(in.size() > 1 ? first_operands(in, 1) : in));
  return {{DType::uint32, in[0].shape()}, {DType::uint32, in[0].shape()}};
}

Cost SignalFilterBankSpectralSubtraction::cost(Types in) const {
  infer(in);
  return {.operations = 10 * in[0].shape()[0]};
}

std::vector<TensorType> SignalFilterBankSpectralSubtraction::hidden_states(Types in) const {
  if (in.size() != 1 || !in.has(0)) return {};
  return {{DType::uint32, in[0].shape()}};
}

std::vector<int> SignalFilterBankSpectralSubtraction::variables(Types in) const { return states_from(in, 1); }

void SignalFilterBankSpectralSubtraction::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalFilterBankSpectralSubtraction::lower(Types in, Types) const {
  require_resolved(name, in, 1, 1);
  const micro::SpectralSubtractionParams params{
      .channels = num_channels,
      .smoothing = {smoothing, alternate_smoothing},
      .one_minus_smoothing = {one_minus_smoothing, alternate_one_minus_smoothing},
      .least_remaining = min_signal_remaining,
      .smoothing_bits = smoothing_bits,
      .fraction_bits = spectral_subtraction_bits,
      .clamping = clamping};
  return make_kernel_call(std::string(kHeader), "spectral_subtraction", "SpectralSubtractionParams",
                          &micro::spectral_subtraction, params,
                          {kernel_input(0), kernel_variable(1), kernel_output(0), kernel_output(1)});
}

void SignalFilterBankSpectralSubtraction::options(Options& o) {
  o.field(0, "alternate_one_minus_smoothing", alternate_one_minus_smoothing, 0);
  o.field(1, "alternate_smoothing", alternate_smoothing, 0);
  o.field(2, "clamping", clamping, false);
  o.field(3, "min_signal_remaining", min_signal_remaining, 0);
  o.field(4, "num_channels", num_channels, 0);
  o.field(5, "one_minus_smoothing", one_minus_smoothing, 0);
  o.field(6, "smoothing", smoothing, 0);
  o.field(7, "smoothing_bits", smoothing_bits, 0);
  o.field(8, "spectral_subtraction_bits", spectral_subtraction_bits, 0);
}

std::vector<TensorType> SignalPcan::infer(Types in) const {
  constexpr std::int64_t kGains = 125;  // three for each number of bits up to 32, in fours
  require_inputs(name, in, 3);
  require_vector(name, in, 0, DType::uint32);
  require_vector(name, in, 1, DType::uint32);
  require_vector(name, in, 2, DType::int16);
  if (in[1].shape() != in[0].shape()) {
    fail("{}: {} and {}, expected one noise for each channel", name, describe_input(in, 0), describe_input(in, 1));
  }
  if (in[2].shape()[0] < kGains) fail("{}: {}, expected {} gains", name, describe_input(in, 2), kGains);
  require_bits(name, "snr_shift", snr_shift, 63);
  return {{DType::uint32, in[0].shape()}};
}

Cost SignalPcan::cost(Types in) const { return {.operations = 12 * infer(in)[0].shape[0]}; }

void SignalPcan::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalPcan::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const micro::SignalPcanParams params{.channels = device_int(name, in[0].shape()[0]), .snr_shift = snr_shift};
  KernelCall call = make_kernel_call(std::string(kHeader), "signal_pcan", "SignalPcanParams", &micro::signal_pcan,
                                     params, {kernel_input(0), kernel_input(1), kernel_input(2), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

void SignalPcan::options(Options& o) { o.field(0, "snr_shift", snr_shift, 0); }

std::vector<TensorType> SignalFilterBankLog::infer(Types in) const {
  require_inputs(name, in, 1);
  require_vector(name, in, 0, DType::uint32);
  require_bits(name, "input_correction_bits", input_correction_bits, 31);
  return {{DType::int16, in[0].shape()}};
}

Cost SignalFilterBankLog::cost(Types in) const { return {.operations = 12 * infer(in)[0].shape[0]}; }

void SignalFilterBankLog::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalFilterBankLog::lower(Types in, Types) const {
  device_int(name, in[0].type->bytes());
  const micro::SignalLogParams params{
      .channels = device_int(name, in[0].shape()[0]), .correction_bits = input_correction_bits, .scale = output_scale};
  KernelCall call = make_kernel_call(std::string(kHeader), "signal_log", "SignalLogParams", &micro::signal_log, params,
                                     {kernel_input(0), kernel_constant(0), kernel_output(0)});
  call.constants = {make_kernel_constant("logarithms", logarithms())};
  return call;
}

void SignalFilterBankLog::options(Options& o) {
  o.field(0, "input_correction_bits", input_correction_bits, 0);
  o.field(1, "output_scale", output_scale, 0);
}

template <>
Op default_op<SignalEnergy>() {
  return SignalEnergy{};
}
template <>
Op default_op<SignalFilterBank>() {
  return SignalFilterBank{};
}
template <>
Op default_op<SignalFilterBankSquareRoot>() {
  return SignalFilterBankSquareRoot{};
}
template <>
Op default_op<SignalFilterBankSpectralSubtraction>() {
  return SignalFilterBankSpectralSubtraction{};
}
template <>
Op default_op<SignalPcan>() {
  return SignalPcan{};
}
template <>
Op default_op<SignalFilterBankLog>() {
  return SignalFilterBankLog{};
}

}  // namespace mirim
