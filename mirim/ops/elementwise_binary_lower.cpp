// The device kernels of elementwise_binary.hpp: their parameters, with the arithmetic of TensorFlow Lite's kernels.
#include <algorithm>
#include <array>
#include <limits>
#include <type_traits>

#include "mirim/base/error.hpp"
#include "mirim/micro/add.hpp"
#include "mirim/micro/arithmetic.hpp"
#include "mirim/micro/div.hpp"
#include "mirim/micro/maximum_minimum.hpp"
#include "mirim/micro/mul.hpp"
#include "mirim/micro/number_pairs.hpp"
#include "mirim/micro/prelu.hpp"
#include "mirim/micro/squared_difference.hpp"
#include "mirim/ops/broadcast.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

// The output may overwrite an operand that has the same elements.
std::vector<int> overwritable(Types in, Types out) {
  std::vector<int> result;
  for (int i = 0; i < 2; ++i) {
    if (in[i].type->bytes() == out[0].type->bytes()) result.push_back(i);
  }
  return result;
}

QuantizedMultiplier multiplier(std::string_view op, double real) {
  return in_context(std::string(op), [&] { return quantize_multiplier(real); });
}

template <class T, class B, class Params>
using PairKernel = void (*)(const Params&, const T*, const B*, T*);

// Sets the broadcast of `params` and makes the call of a kernel on two inputs.
template <class T, class B, class Params>
KernelCall lower_pair(std::string_view op, Types in, Types out, const std::string& header, const std::string& function,
                      const std::string& type, PairKernel<T, B, Params> kernel, Params params) {
  for (const Operand& operand : {in[0], in[1], out[0]}) device_int(op, operand.type->bytes());
  set_broadcast(op, params, out[0].shape(), in[0].shape(), in[1].shape());
  KernelCall call = make_kernel_call("mirim/micro/" + header, function, type, kernel, params,
                                     {kernel_input(0), kernel_input(1), kernel_output(0)});
  call.may_overwrite = overwritable(in, out);
  return call;
}

// float32, int32 and int64 elements are numbers; all others are quantized.
bool are_numbers(Types in) {
  return in[0].dtype() == DType::float32 || in[0].dtype() == DType::int32 || in[0].dtype() == DType::int64;
}

// The range of a fused activation. Without one it ends at the largest floats, as in TFLite.
template <class T>
T within_limits(float bound) {
  constexpr auto kLeast = std::numeric_limits<T>::lowest(), kMost = std::numeric_limits<T>::max();
  if (bound <= static_cast<float>(kLeast)) return kLeast;
  return bound >= static_cast<float>(kMost) ? kMost : static_cast<T>(bound);
}

template <class T>
micro::ArithmeticParams<T> number_params(const ActivationRange& range) {
  return {.size = {},
          .input1_stride = {},
          .input2_stride = {},
          .activation_min = within_limits<T>(range.least),
          .activation_max = within_limits<T>(range.most)};
}

// A kernel of arithmetic.hpp; kernel_of.operator()<T>() is its pointer for elements of type T.
template <class F>
KernelCall lower_numbers(std::string_view op, Types in, Types out, const std::string& function, Activation activation,
                         F kernel_of) {
  const ActivationRange range = activation_range(op, activation);
  const auto call = [&]<class T>() {
    return lower_pair<T>(op, in, out, "arithmetic.hpp", function,
                         "ArithmeticParams<" + std::string(c_type_of<T>()) + ">", kernel_of.template operator()<T>(),
                         number_params<T>(range));
  };
  if (in[0].dtype() == DType::float32) return call.template operator()<float>();
  if (in[0].dtype() == DType::int32) return call.template operator()<std::int32_t>();
  return call.template operator()<std::int64_t>();
}

// Offsets, and the multipliers that rescale both inputs to twice the larger of their scales, with `left_shift` more
// bits.
micro::AddParams scaled_pair(std::string_view op, Types in, Types out, Activation activation, int left_shift) {
  const PerTensor a = per_tensor(op, "first input", in[0]), b = per_tensor(op, "second input", in[1]);
  const PerTensor y = per_tensor(op, "output", out[0]);
  const double twice_larger = 2 * static_cast<double>(std::max(a.scale, b.scale));
  const QuantizedMultiplier of_a = multiplier(op, static_cast<double>(a.scale) / twice_larger);
  const QuantizedMultiplier of_b = multiplier(op, static_cast<double>(b.scale) / twice_larger);
  const IntegerRange range = output_range(op, activation, y, out[0].dtype());
  return {
      .size = {},
      .input1_stride = {},
      .input2_stride = {},
      .left_shift = left_shift,
      .input1_offset = -a.zero_point,
      .input1_multiplier = of_a.multiplier,
      .input1_shift = of_a.shift,
      .input2_offset = -b.zero_point,
      .input2_multiplier = of_b.multiplier,
      .input2_shift = of_b.shift,
      .output_offset = y.zero_point,
      .output_multiplier = 0,
      .output_shift = 0,
      .activation_min = range.min,
      .activation_max = range.max,
  };
}

// For sums and differences: 65,535 << 15 and 255 << 20 are well within 32 bits, and so are their sums.
micro::AddParams add_params(std::string_view op, Types in, Types out, Activation activation) {
  const int left_shift = in[0].dtype() == DType::int16 ? 15 : 20;
  micro::AddParams params = scaled_pair(op, in, out, activation, left_shift);
  const float a = in[0].quantization->scale[0], b = in[1].quantization->scale[0], y = out[0].quantization->scale[0];
  const double twice_larger = 2 * static_cast<double>(std::max(a, b));
  const QuantizedMultiplier q = multiplier(op, twice_larger / ((1 << left_shift) * static_cast<double>(y)));
  params.output_multiplier = q.multiplier;
  params.output_shift = q.shift;
  return params;
}

// A product of two int16 fits 32 bits only without zero points; TFLite's int16 has none.
void require_no_zero_points(std::string_view op, Types in, Types out) {
  if (in[0].dtype() != DType::int16) return;
  for (const Operand& operand : {in[0], in[1], out[0]}) {
    if (per_tensor(op, "operand", operand).zero_point != 0) fail("{}: int16 with a zero point, expected 0", op);
  }
}

// For squared differences: 2^7 times 255 squared is just within 32 bits, as is 65,535 squared.
micro::AddParams squared_difference_params(std::string_view op, Types in, Types out) {
  require_no_zero_points(op, in, out);
  const int left_shift = in[0].dtype() == DType::int16 ? 0 : 7;
  micro::AddParams params = scaled_pair(op, in, out, Activation::none, left_shift);
  const float a = in[0].quantization->scale[0], b = in[1].quantization->scale[0], y = out[0].quantization->scale[0];
  const double twice_larger = 2 * static_cast<double>(std::max(a, b));
  const auto shifted = static_cast<float>(1 << 2 * left_shift);
  const QuantizedMultiplier q = multiplier(op, twice_larger * twice_larger / static_cast<double>(shifted * y));
  params.output_multiplier = q.multiplier;
  params.output_shift = q.shift;
  return params;
}

// Offsets, the multiplier `real` of the result, and the activation.
micro::MulParams mul_params(std::string_view op, Types in, Types out, Activation activation, double real) {
  require_no_zero_points(op, in, out);
  const PerTensor a = per_tensor(op, "first input", in[0]), b = per_tensor(op, "second input", in[1]);
  const PerTensor y = per_tensor(op, "output", out[0]);
  const QuantizedMultiplier q = multiplier(op, real);
  const IntegerRange range = output_range(op, activation, y, out[0].dtype());
  return {
      .size = {},
      .input1_stride = {},
      .input2_stride = {},
      .input1_offset = -a.zero_point,
      .input2_offset = -b.zero_point,
      .output_offset = y.zero_point,
      .output_multiplier = q.multiplier,
      .output_shift = q.shift,
      .activation_min = range.min,
      .activation_max = range.max,
  };
}

float scale_of(std::string_view op, std::string_view what, const Operand& operand) {
  return per_tensor(op, what, operand).scale;
}

}  // namespace

QuantizationRule Add::quantization(Types) const { return {}; }
QuantizationRule Sub::quantization(Types) const { return {}; }
QuantizationRule Mul::quantization(Types) const { return {}; }
QuantizationRule Div::quantization(Types) const { return {}; }
QuantizationRule Maximum::quantization(Types) const { return {.same_scale = true}; }
QuantizationRule Minimum::quantization(Types) const { return {.same_scale = true}; }
QuantizationRule Prelu::quantization(Types) const { return {}; }
QuantizationRule SquaredDifference::quantization(Types) const { return {}; }

KernelCall Add::lower(Types in, Types out) const {
  if (are_numbers(in)) {
    return lower_numbers(name, in, out, "add_numbers", activation, []<class T>() { return &micro::add_numbers<T>; });
  }
  const micro::AddParams params = add_params(name, in, out, activation);
  return with_integer_type(name, in[0].dtype(), [&]<class T>(T) {
    return lower_pair<T>(name, in, out, "add.hpp", "add", "AddParams", &micro::add<T>, params);
  });
}

KernelCall Sub::lower(Types in, Types out) const {
  if (are_numbers(in)) {
    return lower_numbers(name, in, out, "sub_numbers", activation, []<class T>() { return &micro::sub_numbers<T>; });
  }
  const micro::AddParams params = add_params(name, in, out, activation);
  return with_integer_type(name, in[0].dtype(), [&]<class T>(T) {
    return lower_pair<T>(name, in, out, "add.hpp", "sub", "AddParams", &micro::sub<T>, params);
  });
}

KernelCall Mul::lower(Types in, Types out) const {
  if (are_numbers(in)) {
    return lower_numbers(name, in, out, "mul_numbers", activation, []<class T>() { return &micro::mul_numbers<T>; });
  }
  const double real = static_cast<double>(scale_of(name, "first input", in[0])) *
                      static_cast<double>(scale_of(name, "second input", in[1])) /
                      static_cast<double>(scale_of(name, "output", out[0]));
  const micro::MulParams params = mul_params(name, in, out, activation, real);
  return with_integer_type(name, in[0].dtype(), [&]<class T>(T) {
    return lower_pair<T>(name, in, out, "mul.hpp", "mul", "MulParams", &micro::mul<T>, params);
  });
}

KernelCall Div::lower(Types in, Types out) const {
  if (are_numbers(in)) {
    return lower_numbers(name, in, out, "div_numbers", activation, []<class T>() { return &micro::div_numbers<T>; });
  }
  // Float quotients, as TFLite has them.
  const float real =
      scale_of(name, "first input", in[0]) / (scale_of(name, "second input", in[1]) * scale_of(name, "output", out[0]));
  const micro::MulParams params = mul_params(name, in, out, activation, static_cast<double>(real));
  return with_integer_type(name, in[0].dtype(), [&]<class T>(T) {
    return lower_pair<T>(name, in, out, "div.hpp", "div", "MulParams", &micro::div<T>, params);
  });
}

KernelCall Atan2::lower(Types in, Types out) const {
  return lower_pair<float>(name, in, out, "number_pairs.hpp", "number_pairs<micro::pairs::Atan2>", "NumberPairsParams",
                           &micro::number_pairs<micro::pairs::Atan2, float>, micro::NumberPairsParams{});
}

KernelCall Pow::lower(Types in, Types out) const {
  const auto call = [&]<class T>() {
    return lower_pair<T>(name, in, out, "number_pairs.hpp", "number_pairs<micro::pairs::Pow>", "NumberPairsParams",
                         &micro::number_pairs<micro::pairs::Pow, T>, micro::NumberPairsParams{});
  };
  if (in[0].dtype() == DType::int32) return call.template operator()<std::int32_t>();
  return call.template operator()<float>();
}

KernelCall FloorDiv::lower(Types in, Types out) const {
  return lower_numbers(name, in, out, "floor_div_numbers", Activation::none,
                       []<class T>() { return &micro::floor_div_numbers<T>; });
}

KernelCall FloorMod::lower(Types in, Types out) const {
  return lower_numbers(name, in, out, "floor_mod_numbers", Activation::none,
                       []<class T>() { return &micro::floor_mod_numbers<T>; });
}

KernelCall Maximum::lower(Types in, Types out) const {
  if (is_quantized(out[0])) require_same_quantization(name, in, out, 2);
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return lower_pair<T>(name, in, out, "maximum_minimum.hpp", "maximum", "MaximumMinimumParams", &micro::maximum<T>,
                         micro::MaximumMinimumParams{});
  });
}

KernelCall Minimum::lower(Types in, Types out) const {
  if (is_quantized(out[0])) require_same_quantization(name, in, out, 2);
  return with_element_type(name, in[0].dtype(), [&]<class T>() {
    return lower_pair<T>(name, in, out, "maximum_minimum.hpp", "minimum", "MaximumMinimumParams", &micro::minimum<T>,
                         micro::MaximumMinimumParams{});
  });
}

KernelCall Prelu::lower(Types in, Types out) const {
  if (are_numbers(in)) {
    return lower_numbers(name, in, out, "prelu_of_numbers", Activation::none,
                         []<class T>() { return &micro::prelu_of_numbers<T>; });
  }
  const PerTensor x = per_tensor(name, "input", in[0]), alpha = per_tensor(name, "alpha", in[1]);
  const PerTensor y = per_tensor(name, "output", out[0]);
  const QuantizedMultiplier identity = multiplier(name, static_cast<double>(x.scale) / static_cast<double>(y.scale));
  const QuantizedMultiplier slope =
      multiplier(name, static_cast<double>(x.scale) * static_cast<double>(alpha.scale) / static_cast<double>(y.scale));
  const IntegerRange range = output_range(name, Activation::none, y, out[0].dtype());
  const micro::PreluParams params{
      .size = {},
      .input1_stride = {},
      .input2_stride = {},
      .input1_offset = -x.zero_point,
      .input2_offset = -alpha.zero_point,
      .output_offset = y.zero_point,
      .identity_multiplier = identity.multiplier,
      .identity_shift = identity.shift,
      .slope_multiplier = slope.multiplier,
      .slope_shift = slope.shift,
      .output_min = range.min,
      .output_max = range.max,
  };
  if (in[0].dtype() == DType::int16) {
    return lower_pair<std::int16_t>(name, in, out, "prelu.hpp", "prelu", "PreluParams",
                                    &micro::prelu<std::int16_t, std::int8_t>, params);
  }
  return with_integer_type(name, in[0].dtype(), [&]<class T>(T) {
    return lower_pair<T>(name, in, out, "prelu.hpp", "prelu", "PreluParams", &micro::prelu<T, T>, params);
  });
}

KernelCall SquaredDifference::lower(Types in, Types out) const {
  if (are_numbers(in)) {
    return lower_numbers(name, in, out, "squared_difference_of_numbers", Activation::none,
                         []<class T>() { return &micro::squared_difference_of_numbers<T>; });
  }
  const micro::AddParams params = squared_difference_params(name, in, out);
  return with_integer_type(name, in[0].dtype(), [&]<class T>(T) {
    return lower_pair<T>(name, in, out, "squared_difference.hpp", "squared_difference", "AddParams",
                         &micro::squared_difference<T>, params);
  });
}

}  // namespace mirim
