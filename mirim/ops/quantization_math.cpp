#include "mirim/ops/quantization_math.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {

QuantizedMultiplier quantize_multiplier(double real) {
  if (!(std::fabs(real) < std::ldexp(1.0, 30))) fail("the scales of this layer lie too far apart (factor {})", real);
  if (real == 0) return {};
  int shift = 0;
  auto fixed = static_cast<std::int64_t>(std::round(std::frexp(real, &shift) * (std::int64_t{1} << 31)));
  if (fixed == std::int64_t{1} << 31) {
    fixed /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  return {static_cast<std::int32_t>(fixed), shift};
}

int input_radius(int integer_bits, int left_shift) {
  const double largest = ((1 << integer_bits) - 1) * std::ldexp(1.0, 31 - integer_bits);
  return static_cast<int>(std::floor(std::ldexp(largest, -left_shift)));
}

PerTensor per_tensor(std::string_view op, std::string_view what, const Operand& operand) {
  const Quantization& q = *operand.quantization;
  if (q.scale.size() != 1) {
    fail("{}: the {} has {} scales, an {} tensor needs one", op, what, q.scale.size(), name(operand.dtype()));
  }
  const std::int64_t zero_point = q.zero_point.empty() ? 0 : q.zero_point[0];
  const IntegerRange range = integer_range(operand.dtype());
  if (!(q.scale[0] > 0) || !std::isfinite(q.scale[0]) || zero_point < range.min || zero_point > range.max) {
    fail("{}: the {} has scale {} and zero point {}, expected a positive number and {} to {}", op, what, q.scale[0],
         zero_point, range.min, range.max);
  }
  return {q.scale[0], static_cast<std::int32_t>(zero_point)};
}

IntegerRange output_range(std::string_view op, Activation activation, const PerTensor& output, DType dtype) {
  const ActivationRange range = activation_range(op, activation);
  const IntegerRange all = integer_range(dtype);
  // Steps beyond +-2^17 clamp to the ends of 16 bits with any zero point; the cast needs small values.
  constexpr float kFar = 1 << 17;
  const auto step = [&](float bound) {
    const float steps = std::clamp(std::round(bound / output.scale), -kFar, kFar);
    return std::clamp(output.zero_point + static_cast<std::int32_t>(steps), all.min, all.max);
  };
  return {step(range.least), step(range.most)};
}

KernelConstant activation_bounds(std::string_view op, Activation activation) {
  const ActivationRange range = activation_range(op, activation);
  constexpr float kMost = std::numeric_limits<float>::max();
  return make_kernel_constant("activation",
                              std::vector<float>{std::max(range.least, -kMost), std::min(range.most, kMost)});
}

std::int32_t device_int(std::string_view op, std::int64_t value) {
  if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) {
    fail("{}: {} does not fit the device's 32 bits", op, value);
  }
  return static_cast<std::int32_t>(value);
}

void require_one_type(std::string_view op, Types in, Types out, int first, int last,
                      std::initializer_list<DType> supported) {
  for (int i = first; i <= last; ++i) {
    if (!in.has(i)) fail("{}: input {} is missing", op, i);
    require_dtype(op, in, i, supported);
    require_same_dtype(op, in, first, i);
    device_int(op, in[i].type->bytes());
  }
  if (out.size() < 1 || out[0].dtype() != in[first].dtype()) {
    fail("{}: {}, the output is to be of the same type", op, describe_input(in, first));
  }
  device_int(op, out[0].type->bytes());
}

void require_same_quantization(std::string_view op, Types in, Types out, int inputs) {
  const PerTensor output = per_tensor(op, "output", out[0]);
  for (int i = 0; i < inputs; ++i) {
    const PerTensor input = per_tensor(op, "input", in[i]);
    if (input == output) continue;
    fail("{}: input {} has scale {} and zero point {}, the output {} and {}; they must be equal", op, i, input.scale,
         input.zero_point, output.scale, output.zero_point);
  }
}

void require_window(std::string_view op, const Window& window, std::int64_t input) {
  device_int(op, input + window.before + window.filter * window.dilation);
}

void require_windows(std::string_view op, const Window& vertical, const Window& horizontal, const Shape& input) {
  require_window(op, vertical, input[1]);
  require_window(op, horizontal, input[2]);
  device_int(op, device_int(op, vertical.before * input[2] + horizontal.before) * input[3]);
}

}  // namespace mirim
