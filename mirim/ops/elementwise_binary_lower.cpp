// The device kernels of elementwise_binary.hpp: their parameters, with the arithmetic of TensorFlow Lite's kernels.
#include <algorithm>
#include <array>
#include <type_traits>

#include "mirim/base/error.hpp"
#include "mirim/micro/add.hpp"
#include "mirim/micro/maximum_minimum.hpp"
#include "mirim/micro/mul.hpp"
#include "mirim/micro/prelu.hpp"
#include "mirim/ops/broadcast.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

// The five dimensions of the device's kernels: those of size 1 dropped, neighbours that both operands walk without a
// gap made one.
template <class Params>
void set_broadcast(std::string_view op, Params& p, const Shape& out, const Shape& a, const Shape& b) {
  const Broadcasting all(out, a, b);
  std::array<std::int64_t, kMostBroadcastDimensions> size{}, stride_a{}, stride_b{};
  std::size_t count = 0;
  for (std::size_t d = 0; d < all.size.size(); ++d) {
    if (all.size[d] == 1) continue;
    const bool follows = count > 0 && stride_a[count - 1] == all.stride_a[d] * all.size[d] &&
                         stride_b[count - 1] == all.stride_b[d] * all.size[d];
    if (!follows) size[count++] = 1;
    size[count - 1] *= all.size[d];
    stride_a[count - 1] = all.stride_a[d];
    stride_b[count - 1] = all.stride_b[d];
  }
  constexpr std::size_t kMost = std::extent_v<decltype(p.size)>;
  if (count > kMost) fail("{}: operands repeat along {} separate axes, the device kernel has {}", op, count, kMost);
  for (std::size_t k = 0; k < kMost; ++k) {
    const bool used = k + count >= kMost;
    const std::size_t d = used ? k + count - kMost : 0;
    p.size[k] = used ? device_int(op, size[d]) : 1;
    p.input1_stride[k] = used ? device_int(op, stride_a[d]) : 0;
    p.input2_stride[k] = used ? device_int(op, stride_b[d]) : 0;
  }
}

// The output may take the place of an operand that it has the very elements of.
std::vector<int> overwritable(Types in, Types out) {
  std::vector<int> result;
  for (int i = 0; i < 2; ++i) {
    if (in[i].shape().elements() == out[0].shape().elements()) result.push_back(i);
  }
  return result;
}

QuantizedMultiplier multiplier(std::string_view op, double real) {
  return in_context(std::string(op), [&] { return quantize_multiplier(real); });
}

// Sets the broadcast of `params` and makes the call of a kernel on two inputs.
template <class Params>
KernelCall lower_pair(std::string_view op, Types in, Types out, const std::string& header, const std::string& function,
                      const std::string& type,
                      void (*kernel)(const Params&, const std::int8_t*, const std::int8_t*, std::int8_t*),
                      Params params) {
  set_broadcast(op, params, out[0].shape(), in[0].shape(), in[1].shape());
  KernelCall call = make_kernel_call("mirim/micro/" + header, function, type, kernel, params,
                                     {kernel_input(0), kernel_input(1), kernel_output(0)});
  call.may_overwrite = overwritable(in, out);
  return call;
}

// Both inputs go to twice the larger of their scales with 20 more bits, where they are added or subtracted.
micro::AddParams add_params(std::string_view op, Types in, Types out, Activation activation) {
  require_int8(op, in, out, 0, 1);
  const PerTensor a = per_tensor(op, "first input", in[0]), b = per_tensor(op, "second input", in[1]);
  const PerTensor y = per_tensor(op, "output", out[0]);
  constexpr int kLeftShift = 20;
  const double twice_larger = 2 * static_cast<double>(std::max(a.scale, b.scale));
  const QuantizedMultiplier of_a = multiplier(op, static_cast<double>(a.scale) / twice_larger);
  const QuantizedMultiplier of_b = multiplier(op, static_cast<double>(b.scale) / twice_larger);
  const QuantizedMultiplier of_y = multiplier(op, twice_larger / ((1 << kLeftShift) * static_cast<double>(y.scale)));
  const IntegerRange range = output_range(op, activation, y);
  return {
      .size = {},
      .input1_stride = {},
      .input2_stride = {},
      .left_shift = kLeftShift,
      .input1_offset = -a.zero_point,
      .input1_multiplier = of_a.multiplier,
      .input1_shift = of_a.shift,
      .input2_offset = -b.zero_point,
      .input2_multiplier = of_b.multiplier,
      .input2_shift = of_b.shift,
      .output_offset = y.zero_point,
      .output_multiplier = of_y.multiplier,
      .output_shift = of_y.shift,
      .activation_min = range.min,
      .activation_max = range.max,
  };
}

}  // namespace

QuantizationRule Add::quantization(Types) const { return {.inputs = {{}}}; }
QuantizationRule Sub::quantization(Types) const { return {.inputs = {{}}}; }
QuantizationRule Mul::quantization(Types) const { return {.inputs = {{}}}; }
QuantizationRule Maximum::quantization(Types) const { return {.inputs = {{}}, .same_scale = true}; }
QuantizationRule Minimum::quantization(Types) const { return {.inputs = {{}}, .same_scale = true}; }
QuantizationRule Prelu::quantization(Types) const { return {.inputs = {{}}}; }

KernelCall Add::lower(Types in, Types out) const {
  return lower_pair(name, in, out, "add.hpp", "add", "AddParams", &micro::add, add_params(name, in, out, activation));
}

KernelCall Sub::lower(Types in, Types out) const {
  return lower_pair(name, in, out, "add.hpp", "sub", "AddParams", &micro::sub, add_params(name, in, out, activation));
}

KernelCall Mul::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 1);
  const PerTensor a = per_tensor(name, "first input", in[0]), b = per_tensor(name, "second input", in[1]);
  const PerTensor y = per_tensor(name, "output", out[0]);
  const QuantizedMultiplier q =
      multiplier(name, static_cast<double>(a.scale) * static_cast<double>(b.scale) / static_cast<double>(y.scale));
  const IntegerRange range = output_range(name, activation, y);
  const micro::MulParams params{
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
  return lower_pair(name, in, out, "mul.hpp", "mul", "MulParams", &micro::mul, params);
}

KernelCall Maximum::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 1);
  require_same_quantization(name, in, out, 2);
  return lower_pair(name, in, out, "maximum_minimum.hpp", "maximum", "MaximumMinimumParams", &micro::maximum, {});
}

KernelCall Minimum::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 1);
  require_same_quantization(name, in, out, 2);
  return lower_pair(name, in, out, "maximum_minimum.hpp", "minimum", "MaximumMinimumParams", &micro::minimum, {});
}

KernelCall Prelu::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 1);
  const PerTensor x = per_tensor(name, "input", in[0]), alpha = per_tensor(name, "alpha", in[1]);
  const PerTensor y = per_tensor(name, "output", out[0]);
  const QuantizedMultiplier identity = multiplier(name, static_cast<double>(x.scale) / static_cast<double>(y.scale));
  const QuantizedMultiplier slope =
      multiplier(name, static_cast<double>(x.scale) * static_cast<double>(alpha.scale) / static_cast<double>(y.scale));
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
  };
  return lower_pair(name, in, out, "prelu.hpp", "prelu", "PreluParams", &micro::prelu, params);
}

}  // namespace mirim
