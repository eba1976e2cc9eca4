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
    fail("{}: the {} has {} scales, an int8 tensor needs one", op, what, q.scale.size());
  }
  const std::int64_t zero_point = q.zero_point.empty() ? 0 : q.zero_point[0];
  if (!(q.scale[0] > 0) || !std::isfinite(q.scale[0]) || zero_point < -128 || zero_point > 127) {
    fail("{}: the {} has scale {} and zero point {}, expected a positive number and -128 to 127", op, what, q.scale[0],
         zero_point);
  }
  return {q.scale[0], static_cast<std::int32_t>(zero_point)};
}

Int8Range int8_range(std::string_view op, Activation activation, const PerTensor& output) {
  const ActivationRange range = activation_range(op, activation);
  // Steps beyond +-1000 clamp to the ends of int8 whatever the zero point; the cast needs them small.
  const auto step = [&](float bound) {
    const float steps = std::clamp(std::round(bound / output.scale), -1000.0F, 1000.0F);
    return std::clamp(output.zero_point + static_cast<std::int32_t>(steps), -128, 127);
  };
  return {step(range.least), step(range.most)};
}

std::int32_t device_int(std::string_view op, std::int64_t value) {
  if (value < std::numeric_limits<std::int32_t>::min() || value > std::numeric_limits<std::int32_t>::max()) {
    fail("{}: {} does not fit the device's 32 bits", op, value);
  }
  return static_cast<std::int32_t>(value);
}

void require_int8(std::string_view op, Types in, Types out, int first, int last) {
  for (int i = first; i <= last; ++i) {
    if (!in.has(i) || in[i].dtype() != DType::int8)
      fail("{}: {}, the device kernel takes int8", op, describe_input(in, i));
    device_int(op, in[i].type->bytes());
  }
  if (out.size() < 1 || out[0].dtype() != DType::int8) fail("{}: the device kernel's output is int8", op);
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

QuantizationRule weighted_rule(int channel_axis) {
  using Role = QuantizationRule::Role;
  return {.inputs = {{.role = Role::activation}, {.role = Role::weights, .axis = channel_axis}, {.role = Role::bias}}};
}

namespace {

// Throws Error unless bias + sum of weights * (x + offset) stays within int32 for every possible x: tflite-micro's sums
// would overflow, and there would be no right answer. Known weights only.
void require_sums_fit(std::string_view op, Types in, int channel_axis, const PerTensor& input) {
  if (!in[1].is_constant() || (in.has(2) && !in[2].is_constant())) return;
  const Shape& shape = in[1].shape();
  const auto channels = static_cast<std::size_t>(shape[channel_axis]);
  std::size_t inner = 1;  // weights of one channel that stand together
  for (int d = channel_axis + 1; d < shape.rank(); ++d) inner *= static_cast<std::size_t>(shape[d]);
  std::vector<std::int64_t> sums(channels);
  const auto weights = in[1].values<std::int8_t>();
  for (std::size_t i = 0; i < weights.size(); ++i) sums[i / inner % channels] += std::abs(weights[i]);
  const std::int64_t largest_input = std::max(127 - input.zero_point, 128 + input.zero_point);
  for (std::size_t c = 0; c < channels; ++c) {
    const std::int64_t bias = in.has(2) ? in[2].values<std::int32_t>()[c] : 0;
    if (sums[c] * largest_input + std::abs(bias) <= std::numeric_limits<std::int32_t>::max()) continue;
    fail("{}: the sum of output channel {} can overflow 32 bits (bias {}, weights add up to {})", op, c, bias, sums[c]);
  }
}

}  // namespace

WeightedParameters weighted_parameters(std::string_view op, Types in, Types out, int channel_axis,
                                       Activation activation) {
  require_int8(op, in, out, 0, 1);
  WeightedParameters p;
  p.input = per_tensor(op, "input", in[0]);
  p.output = per_tensor(op, "output", out[0]);
  p.range = int8_range(op, activation, p.output);

  const Quantization& weights = *in[1].quantization;
  const auto channels = static_cast<std::size_t>(in[1].shape()[channel_axis]);
  if (weights.per_channel() && weights.dimension != channel_axis) {
    fail("{}: weights are per channel on axis {}, only axis {} is supported", op, weights.dimension, channel_axis);
  }
  if (weights.scale.size() != 1 && weights.scale.size() != channels) {
    fail("{}: weights have {} scales for {} channels", op, weights.scale.size(), channels);
  }
  if (std::any_of(weights.zero_point.begin(), weights.zero_point.end(), [](auto z) { return z != 0; })) {
    fail("{}: weights have a zero point other than 0", op);
  }
  require_sums_fit(op, in, channel_axis, p.input);
  p.multiplier_stride = weights.scale.size() > 1 ? 1 : 0;
  std::vector<std::int32_t> multipliers, shifts;
  for (const float scale : weights.scale) {
    const double real =
        static_cast<double>(p.input.scale) * static_cast<double>(scale) / static_cast<double>(p.output.scale);
    const QuantizedMultiplier q = in_context(std::string(op), [&] { return quantize_multiplier(real); });
    multipliers.push_back(q.multiplier);
    shifts.push_back(q.shift);
  }
  p.constants = {make_kernel_constant("multiplier", multipliers), make_kernel_constant("shift", shifts)};
  return p;
}

void require_window(std::string_view op, const Window& window, std::int64_t input) {
  device_int(op, input + window.before + window.filter * window.dilation);
}

std::function<std::pair<std::int64_t, std::int64_t>(std::int64_t, std::int64_t)> window_rows(const Window& vertical,
                                                                                             std::int64_t height) {
  return [vertical, height](std::int64_t first, std::int64_t count) -> std::pair<std::int64_t, std::int64_t> {
    const std::int64_t begin = std::max<std::int64_t>(vertical.start(first), 0);
    const std::int64_t reach = vertical.start(first + count - 1) + (vertical.filter - 1) * vertical.dilation + 1;
    return {begin, std::max<std::int64_t>(std::min(reach, height) - begin, 0)};
  };
}

}  // namespace mirim
