#pragma once

#include <cmath>
#include <cstdint>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"
#include "mirim/ops/quantization_math.hpp"

/// int8 operators of one input as tables: entry uint8(x) is the result for x. Each uses the arithmetic of TensorFlow
/// Lite's reference kernel for that operator, so the table gives its bits.
namespace mirim {

using Int8Table = std::vector<std::int8_t>;  // 256 entries

/// From a function of the quantized value, without the zero point: result(x) for x in -128 ... 127.
template <class F>
Int8Table make_int8_table(F result) {
  Int8Table table(256);
  for (int x = -128; x <= 127; ++x) {
    const auto clamped = static_cast<std::int8_t>(std::min(std::max<std::int64_t>(result(x), -128), std::int64_t{127}));
    table[static_cast<std::uint8_t>(x)] = clamped;
  }
  return table;
}

/// round(f(scale * (x - zero point)) / output scale) + output zero point, in floats (TFLite's LUTPopulate), for
/// functions without fixed-point arithmetic. NaN becomes the zero point.
template <class F>
Int8Table float_table(const PerTensor& in, const PerTensor& out, F f) {
  const float inverse_scale = 1 / out.scale;
  return make_int8_table([&](int x) -> std::int64_t {
    const float y = f(in.scale * static_cast<float>(x - in.zero_point));
    const float steps = std::round(y * inverse_scale);
    if (std::isnan(steps)) return out.zero_point;
    return static_cast<std::int64_t>(std::fmin(std::fmax(steps, -1000.0F), 1000.0F)) + out.zero_point;
  });
}

/// max(x, 0) from one scale to another.
Int8Table relu_table(const PerTensor& in, const PerTensor& out);

/// x within the interval of an activation like RELU6, from one scale to another.
Int8Table clamp_table(std::string_view op, const PerTensor& in, const PerTensor& out, Activation activation);

/// The same within [0, 1].
Int8Table relu_0_to_1_table(const PerTensor& in, const PerTensor& out);

/// positive * x, or below zero negative * x, where the factors go from the input's scale to the output's.
Int8Table two_slopes_table(const PerTensor& in, const PerTensor& out, double positive, double negative);

/// 1 / (1 + exp(-x)) in fixed point for output scale 1/256 and zero point -128, else in floats.
Int8Table logistic_table(const PerTensor& in, const PerTensor& out);

/// tanh(x) in fixed point for output scale 1/128 and zero point 0, else in floats.
Int8Table tanh_table(const PerTensor& in, const PerTensor& out);

/// x * min(max(x + 3, 0), 6) / 6 in 16-bit fixed point, or in floats if its output multiplier would exceed 1.
Int8Table hard_swish_table(const PerTensor& in, const PerTensor& out);

/// An operand's scale and zero point for the functions above. A uint8 x is read as the int8 x - 128.
PerTensor as_int8(std::string_view op, std::string_view what, const Operand& operand);

/// |x| from one scale to another.
Int8Table abs_table(const PerTensor& in, const PerTensor& out);

/// 1 / sqrt(x) in fixed point; 127 for x <= 0.
Int8Table rsqrt_table(const PerTensor& in, const PerTensor& out);

/// sqrt(x) in floats, its steps truncated; the zero point for x < 0.
Int8Table sqrt_table(const PerTensor& in, const PerTensor& out);

/// The kernel call of a table on input 0. Throws Error unless input and output are int8, or uint8 read as int8.
KernelCall lower_table(std::string_view op, Types in, Types out, const Int8Table& table);

}  // namespace mirim
