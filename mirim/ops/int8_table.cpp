#include "mirim/ops/int8_table.hpp"

#include <algorithm>

#include "mirim/micro/fixed_point.hpp"
#include "mirim/micro/lookup_table.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace {

std::int32_t apply(const QuantizedMultiplier& q, std::int32_t x) {
  return micro::multiply_by_quantized_multiplier(x, q.multiplier, q.shift);
}

double ratio(const PerTensor& in, const PerTensor& out) {
  return static_cast<double>(in.scale) / static_cast<double>(out.scale);
}

bool nearly(float a, float b) { return std::fabs(a - b) <= 1e-3F * b; }

// Logistic and tanh take their input as Q4: at 16 both have reached their limit.
constexpr int kInputIntegerBits = 4;

// logistic(x) for x in Q4, in Q0.
std::int32_t logistic_q4(std::int32_t x) {
  if (x == 0) return 1 << 30;
  const std::int32_t magnitude = x > 0 ? x : -x;
  const std::int32_t y = micro::one_over_one_plus(micro::exp_on_negative_values<kInputIntegerBits>(-magnitude));
  return x > 0 ? y : INT32_MAX - y;
}

// tanh(x) for x in Q4, in Q0. The same number read as Q5 is 2x: tanh(-x) = -(1 - exp(-2x)) / (1 + exp(-2x)).
std::int32_t tanh_q4(std::int32_t x) {
  if (x == 0) return 0;
  const std::int32_t magnitude = x > 0 ? x : -x;
  const std::int32_t y =
      micro::one_minus_over_one_plus(micro::exp_on_negative_values<kInputIntegerBits + 1>(-magnitude));
  return x > 0 ? y : -y;
}

// round(f(x) * 2^output_bits) + zero_point with f from Q4 to Q0; -128 and 127 if x is outside Q4.
template <class F>
Int8Table fixed_point_table(const PerTensor& in, int output_bits, std::int32_t zero_point, F f) {
  const QuantizedMultiplier to_q4 =
      quantize_multiplier(static_cast<double>(in.scale) * static_cast<double>(1 << (31 - kInputIntegerBits)));
  const int radius = input_radius(kInputIntegerBits, to_q4.shift);
  return make_int8_table([&](int value) -> std::int64_t {
    const int x = value - in.zero_point;
    if (x <= -radius) return -128;
    if (x >= radius) return 127;
    return micro::rounding_divide_by_pot(f(apply(to_q4, x)), 31 - output_bits) + zero_point;
  });
}

std::int16_t saturate16(std::int64_t x) {
  return static_cast<std::int16_t>(std::clamp<std::int64_t>(x, -32768, 32767));
}

// round(a * b / 2^15) and the same rounded towards zero.
std::int16_t rounding_high_mul16(std::int16_t a, std::int16_t b) {
  const std::int32_t ab = a * b;
  return saturate16((ab + (ab >= 0 ? 1 << 14 : 1 - (1 << 14))) / (1 << 15));
}
std::int16_t truncating_high_mul16(std::int16_t a, std::int16_t b) { return saturate16(a * b / (1 << 15)); }

// A multiplier's 16 high bits, rounded.
std::int16_t upper_half(std::int32_t multiplier) {
  return saturate16((static_cast<std::int64_t>(multiplier) + (1 << 15)) >> 16);
}

}  // namespace

Int8Table relu_table(const PerTensor& in, const PerTensor& out) {
  const QuantizedMultiplier q = quantize_multiplier(ratio(in, out));
  return make_int8_table([&](int x) { return std::max(out.zero_point + apply(q, x - in.zero_point), out.zero_point); });
}

Int8Table clamp_table(std::string_view op, const PerTensor& in, const PerTensor& out, Activation activation) {
  const QuantizedMultiplier q = quantize_multiplier(ratio(in, out));
  const IntegerRange range = output_range(op, activation, out);
  return make_int8_table(
      [&](int x) { return std::clamp(out.zero_point + apply(q, x - in.zero_point), range.min, range.max); });
}

Int8Table relu_0_to_1_table(const PerTensor& in, const PerTensor& out) {
  const QuantizedMultiplier q = quantize_multiplier(ratio(in, out));
  const auto one = static_cast<std::int32_t>(std::fmin(std::round(1 / out.scale), 1000.0F));
  return make_int8_table([&](int x) {
    return std::clamp(out.zero_point + apply(q, x - in.zero_point), out.zero_point, out.zero_point + one);
  });
}

Int8Table two_slopes_table(const PerTensor& in, const PerTensor& out, double positive, double negative) {
  const QuantizedMultiplier above = quantize_multiplier(positive), below = quantize_multiplier(negative);
  return make_int8_table([&](int value) {
    const int x = value - in.zero_point;
    return out.zero_point + apply(x >= 0 ? above : below, x);
  });
}

Int8Table logistic_table(const PerTensor& in, const PerTensor& out) {
  if (!nearly(out.scale, 1.0F / 256) || out.zero_point != -128) {
    return float_table(in, out, [](float x) { return 1 / (1 + std::exp(-x)); });
  }
  return fixed_point_table(in, 8, -128, logistic_q4);
}

Int8Table tanh_table(const PerTensor& in, const PerTensor& out) {
  if (!nearly(out.scale, 1.0F / 128) || out.zero_point != 0) {
    return float_table(in, out, [](float x) { return std::tanh(x); });
  }
  return fixed_point_table(in, 7, 0, tanh_q4);
}

Int8Table hard_swish_table(const PerTensor& in, const PerTensor& out) {
  const float fine_scale = (1.0F / 128.0F) * in.scale;  // the input shifted left by 7 bits
  const QuantizedMultiplier to_output = quantize_multiplier(static_cast<double>(fine_scale / out.scale));
  const QuantizedMultiplier to_gate = quantize_multiplier(static_cast<double>(fine_scale / (3.0F / 32768.0F)));
  if (to_output.shift > 0) {
    return float_table(in, out, [](float x) { return x * std::clamp(x + 3, 0.0F, 6.0F) / 6; });
  }
  return make_int8_table([&](int value) -> std::int64_t {
    const auto x = static_cast<std::int16_t>((value - in.zero_point) * 128);
    const std::int16_t scaled = rounding_high_mul16(x, upper_half(to_output.multiplier));
    // The gate (x + 3) / 6 in [0, 1]: first x / 3 in [-1, 1], saturating.
    std::int16_t gate = x;
    if (to_gate.shift > 0)
      gate = saturate16(static_cast<std::int64_t>(gate) * (std::int64_t{1} << (to_gate.shift - 1)));
    gate = rounding_high_mul16(gate, upper_half(to_gate.multiplier));
    if (to_gate.shift > 0) gate = saturate16(gate * 2);
    if (to_gate.shift < 0) gate = static_cast<std::int16_t>(micro::rounding_divide_by_pot(gate, -to_gate.shift));
    gate = static_cast<std::int16_t>((gate + (1 << 15)) >> 1);
    const std::int16_t product = truncating_high_mul16(gate, scaled);
    return micro::rounding_divide_by_pot(product, -to_output.shift) + out.zero_point;
  });
}

PerTensor as_int8(std::string_view op, std::string_view what, const Operand& operand) {
  PerTensor result = per_tensor(op, what, operand);
  if (operand.dtype() == DType::uint8) result.zero_point -= 128;
  return result;
}

Int8Table abs_table(const PerTensor& in, const PerTensor& out) {
  const QuantizedMultiplier q = quantize_multiplier(ratio(in, out));
  return make_int8_table([&](int x) {
    const int magnitude = std::abs(x - in.zero_point);
    return out.zero_point + (in.scale == out.scale ? magnitude : apply(q, magnitude));
  });
}

Int8Table rsqrt_table(const PerTensor& in, const PerTensor& out) {
  constexpr int kExtraBits = 20;  // 1 / sqrt(x) is less than 1
  const double real = 1.0 / (std::sqrt(static_cast<double>(in.scale)) * static_cast<double>(out.scale));
  QuantizedMultiplier to_output = quantize_multiplier(real);
  to_output.shift -= kExtraBits;
  if (to_output.shift < -31) to_output = {};
  return make_int8_table([&](int value) -> std::int64_t {
    const int x = value - in.zero_point;
    if (x <= 0) return 127;
    const micro::FixedPoint root = micro::inverse_square_root(x);
    return std::int64_t{out.zero_point} + apply(to_output, apply({root.multiplier, root.shift + kExtraBits}, 1));
  });
}

Int8Table sqrt_table(const PerTensor& in, const PerTensor& out) {
  return make_int8_table([&](int value) -> std::int64_t {
    const float x = static_cast<float>(value - in.zero_point) * in.scale;
    const float steps = x > 0 ? std::sqrt(x) / out.scale : 0.0F;
    return out.zero_point + static_cast<std::int64_t>(std::fmin(steps, 1000.0F));
  });
}

KernelCall lower_table(std::string_view op, Types in, Types out, const Int8Table& table) {
  require_one_type(op, in, out, 0, 0, {DType::int8, DType::uint8});
  const auto call_of = [&](auto kernel, const auto& entries) {
    KernelCall call = make_kernel_call("mirim/micro/lookup_table.hpp", "lookup_table", "LookupTableParams", kernel,
                                       {.count = device_int(op, in[0].shape().elements())},
                                       {kernel_input(0), kernel_constant(0), kernel_output(0)});
    call.constants = {make_kernel_constant("table", entries)};
    call.may_overwrite = {0};
    return call;
  };
  if (in[0].dtype() == DType::int8) return call_of(&micro::lookup_table<std::int8_t>, table);
  std::vector<std::uint8_t> unsigned_table(256);
  for (unsigned x = 0; x < 256; ++x) {
    unsigned_table[x] = static_cast<std::uint8_t>(static_cast<std::uint8_t>(table[x ^ 128]) ^ 128);
  }
  return call_of(&micro::lookup_table<std::uint8_t>, unsigned_table);
}

}  // namespace mirim
