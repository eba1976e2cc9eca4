#include "mirim/ops/signal_fft.hpp"

#include <bit>
#include <cmath>
#include <numbers>

#include "mirim/base/error.hpp"
#include "mirim/micro/signal_fft.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/hidden_state.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/twiddles.hpp"

namespace mirim {
namespace {

constexpr std::string_view kHeader = "mirim/micro/signal_fft.hpp";

void require_length(std::string_view op, std::int32_t length) {
  constexpr std::int32_t kMost = 1 << 15;
  if (length < 4 || length > kMost || !std::has_single_bit(static_cast<std::uint32_t>(length))) {
    fail_unsupported("{}: fft_length is {}, expected a power of two from 4 to {}", op, length, kMost);
  }
}

/// Checks what both have in common.
void require_rows(std::string_view op, Types in, std::int32_t type, std::int32_t length) {
  require_inputs(op, in, 1);
  require_dtype(op, in, 0, {DType::float32, DType::int16, DType::int32});
  require_type_option(op, in, type);
  require_length(op, length);
  if (in[0].shape().rank() < 1) fail("{}: {}, expected rows", op, describe_input(in, 0));
}

/// The input's shape with rows of `numbers`.
std::vector<TensorType> with_rows(Types in, std::int64_t numbers) {
  std::vector<std::int64_t> shape = in[0].shape().dimensions();
  shape.back() = numbers;
  return {{in[0].dtype(), Shape(std::move(shape))}};
}

Cost cost_of(Types out_rows, std::int32_t length) {
  const std::int64_t rows = out_rows[0].shape().elements() / std::max<std::int64_t>(1, out_rows[0].shape().back());
  return {.operations = product_of({rows, length, 5, std::bit_width(static_cast<std::uint32_t>(length))})};
}

/// exp(sqrt(-1) * phase) in fixed point: rounded to the nearest, ties up.
template <class T>
void append(std::vector<T>& to, double phase) {
  constexpr double kOne = micro::FftNumber<T>::kOne;
  to.push_back(static_cast<T>(std::floor(0.5 + kOne * std::cos(phase))));
  to.push_back(static_cast<T>(std::floor(0.5 + kOne * std::sin(phase))));
}

/// The constants of the fixed-point kernels, for `length` real numbers.
template <class T>
std::vector<KernelConstant> fixed_constants(std::int32_t length, bool inverse) {
  const std::int32_t half = length / 2;
  const double sign = inverse ? 1 : -1;
  std::vector<T> factors, turns;
  for (std::int32_t k = 0; k < half; ++k) append(factors, sign * 2 * std::numbers::pi * k / half);
  for (std::int32_t k = 0; k < half / 2; ++k) {
    append(turns, sign * std::numbers::pi * (static_cast<double>(k + 1) / half + 0.5));
  }
  return {make_kernel_constant("factors", factors), make_kernel_constant("turns", turns)};
}

micro::SignalFftParams parameters(std::string_view op, Types in, Types out, std::int32_t length) {
  device_int(op, in[0].type->bytes());
  device_int(op, out[0].type->bytes());
  const std::int64_t given = in[0].shape().back();
  return {.rows = device_int(op, given == 0 ? 0 : in[0].shape().elements() / given),
          .given = device_int(op, given),
          .length = length};
}

}  // namespace

std::vector<TensorType> SignalRfft::infer(Types in) const {
  require_rows(name, in, type, fft_length);
  const std::int64_t given = in[0].shape().back();
  if (given < 1 || given > fft_length) {
    fail("{}: {}, expected rows of at most {} numbers", name, describe_input(in, 0), fft_length);
  }
  auto result = with_rows(in, std::int64_t{fft_length} + 2);
  in_context(std::string(name), [&] { return result[0].shape.elements(); });
  return result;
}

Cost SignalRfft::cost(Types in) const {
  infer(in);
  return cost_of(in, fft_length);
}

void SignalRfft::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalRfft::lower(Types in, Types out) const {
  const micro::SignalFftParams params = parameters(name, in, out, fft_length);
  if (in[0].dtype() == DType::float32) {
    KernelCall call =
        make_kernel_call(std::string(kHeader), "signal_rfft_float", "SignalFftParams", &micro::signal_rfft_float,
                         params, {kernel_input(0), kernel_constant(0), kernel_output(0)});
    call.constants = {make_kernel_constant("twiddles", fft_twiddles(fft_length))};
    return call;
  }
  const auto lower_fixed = [&]<class T>(T) {
    KernelCall call =
        make_kernel_call(std::string(kHeader), "signal_rfft", "SignalFftParams", &micro::signal_rfft<T>, params,
                         {kernel_input(0), kernel_constant(0), kernel_constant(1), kernel_scratch(), kernel_output(0)});
    call.constants = fixed_constants<T>(fft_length, false);
    call.scratch_bytes = fft_length * std::int64_t{sizeof(T)};
    return call;
  };
  return in[0].dtype() == DType::int16 ? lower_fixed(std::int16_t{}) : lower_fixed(std::int32_t{});
}

void SignalRfft::options(Options& o) {
  o.field(0, "T", type, 0);
  o.field(1, "fft_length", fft_length, 0);
}

std::vector<TensorType> SignalIrfft::infer(Types in) const {
  require_rows(name, in, type, fft_length);
  if (in[0].shape().back() != std::int64_t{fft_length} + 2) {
    fail("{}: {}, expected rows of {} numbers", name, describe_input(in, 0), std::int64_t{fft_length} + 2);
  }
  return with_rows(in, fft_length);
}

Cost SignalIrfft::cost(Types in) const {
  infer(in);
  return cost_of(in, fft_length);
}

void SignalIrfft::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall SignalIrfft::lower(Types in, Types out) const {
  const micro::SignalFftParams params = parameters(name, in, out, fft_length);
  if (in[0].dtype() == DType::float32) {
    KernelCall call =
        make_kernel_call(std::string(kHeader), "signal_irfft_float", "SignalFftParams", &micro::signal_irfft_float,
                         params, {kernel_input(0), kernel_constant(0), kernel_output(0)});
    call.constants = {make_kernel_constant("twiddles", fft_twiddles(fft_length))};
    return call;
  }
  const auto lower_fixed = [&]<class T>(T) {
    KernelCall call =
        make_kernel_call(std::string(kHeader), "signal_irfft", "SignalFftParams", &micro::signal_irfft<T>, params,
                         {kernel_input(0), kernel_constant(0), kernel_constant(1), kernel_output(0)});
    call.constants = fixed_constants<T>(fft_length, true);
    return call;
  };
  return in[0].dtype() == DType::int16 ? lower_fixed(std::int16_t{}) : lower_fixed(std::int32_t{});
}

void SignalIrfft::options(Options& o) {
  o.field(0, "T", type, 0);
  o.field(1, "fft_length", fft_length, 0);
}

template <>
Op default_op<SignalRfft>() {
  return SignalRfft{};
}
template <>
Op default_op<SignalIrfft>() {
  return SignalIrfft{};
}

}  // namespace mirim
