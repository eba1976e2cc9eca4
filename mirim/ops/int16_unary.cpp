#include "mirim/ops/int16_unary.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/leaky_relu.hpp"
#include "mirim/micro/lookup_table.hpp"
#include "mirim/micro/rsqrt.hpp"
#include "mirim/micro/sigmoid_table.hpp"
#include "mirim/micro/sqrt_int16.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

// table[i] = 2^16 * logistic(i / 24), shifted by half of the error that linear interpolation to the next entry has in
// the middle; the last is the largest number.
std::vector<std::uint16_t> sigmoid_table() {
  const auto f = [](double i) { return 65536 / (1 + std::exp(-i / 24)); };
  std::vector<std::uint16_t> table;
  for (int i = 0; i < 255; ++i) {
    const double missing = f(i + 0.5) - (f(i) + f(i + 1)) / 2;
    table.push_back(static_cast<std::uint16_t>(std::round(f(i) + missing / 2)));
  }
  table.push_back(65535);
  return table;
}

// The exponent of a power of two; as in TFLite, `scale` is one if it is within 1e-3 of the exponent.
struct PowerOfTwo {
  bool is_one;
  int exponent;
};
PowerOfTwo power_of_two(float scale) {
  const float exponent = std::log(scale) * (1.0F / std::log(2.0F));
  const float nearest = std::round(exponent);
  return {std::fabs(exponent - nearest) < 1e-3F, static_cast<int>(nearest)};
}

// The two functions differ in the largest left shift for which a power-of-two input scale needs no multiplier.
micro::SigmoidTableParams sigmoid_parameters(std::string_view op, Types in, Types out, int most_shift) {
  require_one_type(op, in, out, 0, 0, {DType::int16});
  const PerTensor input = per_tensor(op, "input", in[0]), output = per_tensor(op, "output", out[0]);
  const PowerOfTwo out_scale = power_of_two(output.scale);
  if (input.zero_point != 0 || output.zero_point != 0 || !out_scale.is_one || out_scale.exponent != -15) {
    fail("{}: the output has scale {} and the zero points are {} and {}, expected 1/32768 and 0 for int16", op,
         output.scale, input.zero_point, output.zero_point);
  }
  const std::int32_t count = device_int(op, in[0].shape().elements());
  const PowerOfTwo in_scale = power_of_two(input.scale);
  const int left = 12 + in_scale.exponent;
  if (in_scale.is_one && left >= 0 && left <= most_shift) return {.count = count, .multiplier = 3 << left, .shift = 0};
  // The multiplier in 15 bits.
  double multiplier = static_cast<double>(input.scale) * 4096.0 * 3.0;
  int shift = 0;
  while (multiplier <= 32767.0 / 2.0 && shift <= 30) {
    ++shift;
    multiplier *= 2;
  }
  if (multiplier >= 32768 || multiplier < 1) fail("{}: the input's scale {} is no int16 activation's", op, input.scale);
  return {.count = count, .multiplier = static_cast<std::int32_t>(multiplier), .shift = shift};
}

// table[i] = f at i / 512 of the input's range, in steps of the output, shifted by half of the error that linear
// interpolation to the next entry has in the middle, in TFLite's order of float operations (LUTPopulateInt16). If f has
// no value, as log below 0, it is the output's smallest.
std::vector<std::int16_t> interpolated_table(float in_scale, float out_scale, float (*f)(float)) {
  constexpr int kSteps = 512;
  const float least = in_scale * -32768, most = in_scale * 32767;
  const float step = (most - least) / kSteps;
  const float inverse_scale = 65536 / (out_scale * 32767 - out_scale * -32768);
  const auto steps = [&](float x) {
    const float y = f(x);
    return (std::isfinite(y) || y > 0 ? y : out_scale * -32768) * inverse_scale;
  };
  const auto as_entry = [](float y) {  // NaN between two infinities
    return static_cast<std::int16_t>(std::isnan(y) ? 0.0F : std::clamp(y, -32768.0F, 32767.0F));
  };
  std::vector<std::int16_t> table;
  for (int i = 0; i < kSteps; ++i) {
    const float x = least + static_cast<float>(i) * step;
    const float here = std::round(steps(x));
    const float next = steps(least + static_cast<float>(i + 1) * step);
    const float middle = std::round(steps(x + step / 2));
    const float missing = std::round((next + here) / 2) - middle;
    table.push_back(as_entry(here - std::round(missing / 2)));
  }
  table.push_back(as_entry(std::round(steps(most))));
  return table;
}

struct Scales {
  float in, out;
};

// Throws Error unless input and output are int16 with zero points 0.
Scales symmetric_scales(std::string_view op, Types in, Types out) {
  require_one_type(op, in, out, 0, 0, {DType::int16});
  const PerTensor input = per_tensor(op, "input", in[0]), output = per_tensor(op, "output", out[0]);
  if (input.zero_point != 0 || output.zero_point != 0) {
    fail("{}: the zero points are {} and {}, expected 0 for int16", op, input.zero_point, output.zero_point);
  }
  return {input.scale, output.scale};
}

template <class Kernel>
KernelCall lower_sigmoid(const std::string& function, Kernel kernel, const micro::SigmoidTableParams& params) {
  KernelCall call = make_kernel_call("mirim/micro/sigmoid_table.hpp", function, "SigmoidTableParams", kernel, params,
                                     {kernel_input(0), kernel_constant(0), kernel_output(0)});
  call.constants = {make_kernel_constant("table", sigmoid_table())};
  call.may_overwrite = {0};
  return call;
}

}  // namespace

KernelCall lower_logistic_int16(std::string_view op, Types in, Types out) {
  return lower_sigmoid("logistic_int16", &micro::logistic_int16, sigmoid_parameters(op, in, out, 0));
}

KernelCall lower_tanh_int16(std::string_view op, Types in, Types out) {
  return lower_sigmoid("tanh_int16", &micro::tanh_int16, sigmoid_parameters(op, in, out, 1));
}

KernelCall lower_rsqrt_int16(std::string_view op, Types in, Types out) {
  const auto [in_scale, out_scale] = symmetric_scales(op, in, out);
  const double real = 1.0 / (std::sqrt(static_cast<double>(in_scale)) * static_cast<double>(out_scale));
  QuantizedMultiplier q = in_context(std::string(op), [&] { return quantize_multiplier(real); });
  q.shift -= 20;
  if (q.shift < -31) q = {};
  KernelCall call = make_kernel_call(
      "mirim/micro/rsqrt.hpp", "rsqrt_int16", "RsqrtParams", &micro::rsqrt_int16,
      {.count = device_int(op, in[0].shape().elements()), .multiplier = q.multiplier, .shift = q.shift},
      {kernel_input(0), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

KernelCall lower_sqrt_int16(std::string_view op, Types in, Types out) {
  const auto [in_scale, out_scale] = symmetric_scales(op, in, out);
  const micro::SqrtInt16Params params{
      .count = device_int(op, in[0].shape().elements()), .input_scale = in_scale, .output_scale = out_scale};
  KernelCall call = make_kernel_call("mirim/micro/sqrt_int16.hpp", "sqrt_int16", "SqrtInt16Params", &micro::sqrt_int16,
                                     params, {kernel_input(0), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

KernelCall lower_table_int16(std::string_view op, Types in, Types out, float (*f)(float)) {
  const auto [in_scale, out_scale] = symmetric_scales(op, in, out);
  KernelCall call = make_kernel_call("mirim/micro/lookup_table.hpp", "interpolated_table", "LookupTableParams",
                                     &micro::interpolated_table, {.count = device_int(op, in[0].shape().elements())},
                                     {kernel_input(0), kernel_constant(0), kernel_output(0)});
  call.constants = {make_kernel_constant("table", interpolated_table(in_scale, out_scale, f))};
  call.may_overwrite = {0};
  return call;
}

KernelCall lower_two_slopes(std::string_view op, Types in, Types out, double positive, double negative,
                            IntegerRange range) {
  require_one_type(op, in, out, 0, 0, {DType::int16});
  const PerTensor input = per_tensor(op, "input", in[0]), output = per_tensor(op, "output", out[0]);
  const QuantizedMultiplier identity = quantize_multiplier(positive), slope = quantize_multiplier(negative);
  KernelCall call = make_kernel_call("mirim/micro/leaky_relu.hpp", "leaky_relu", "LeakyReluParams", &micro::leaky_relu,
                                     {.count = device_int(op, in[0].shape().elements()),
                                      .input_offset = -input.zero_point,
                                      .output_offset = output.zero_point,
                                      .identity_multiplier = identity.multiplier,
                                      .identity_shift = identity.shift,
                                      .slope_multiplier = slope.multiplier,
                                      .slope_shift = slope.shift,
                                      .output_min = range.min,
                                      .output_max = range.max},
                                     {kernel_input(0), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

}  // namespace mirim
