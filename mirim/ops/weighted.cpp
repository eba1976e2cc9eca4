#include "mirim/ops/weighted.hpp"

#include <algorithm>
#include <cstdlib>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

// Bits of the sums: those of the products' accumulator, or as many as one 64-bit multiplication allows.
constexpr std::int64_t kMostInt32 = std::numeric_limits<std::int32_t>::max();
constexpr std::int64_t kMostInt64 = (std::int64_t{1} << 47) - 1;

// Whether sums have 64 bits.
bool is_wide(Types in) { return in[0].dtype() == DType::int16 && !(in.has(2) && in[2].dtype() == DType::int32); }

std::int64_t bias_of(Types in, std::size_t channel) {
  if (!in.has(2) || is_dynamic(in)) return 0;  // a float bias is added after the sum
  return is_wide(in) ? in[2].values<std::int64_t>()[channel] : in[2].values<std::int32_t>()[channel];
}

// The largest difference of a number of this type to its zero point.
std::int64_t largest_distance(DType dtype, std::int32_t zero_point) {
  const IntegerRange range = integer_range(dtype);
  return std::max<std::int64_t>(range.max - zero_point, zero_point - range.min);
}

// Throws Error unless bias + sum of weights * (x + offset) stays within its bits for every possible x: tflite-micro's
// sums would overflow, and there would be no right answer. Weights that are computed at run time may have any number of
// their type. int16 with an int32 bias wraps around as tflite-micro's does: real models come close to the limit but
// never reach it.
void require_sums_fit(std::string_view op, Types in, int channel_axis, const WeightedParameters& p) {
  const DType dtype = in[0].dtype();
  if (dtype == DType::int16 && !is_wide(in)) return;
  if (in.has(2) && !in[2].is_constant() && !is_dynamic(in)) {
    if (is_wide(in)) fail("{}: the bias is computed at run time, expected a constant", op);
    return;
  }
  const Shape& shape = in[1].shape();
  const auto channels = static_cast<std::size_t>(shape[channel_axis]);
  std::size_t inner = 1;  // contiguous weights of one channel
  for (int d = channel_axis + 1; d < shape.rank(); ++d) inner *= static_cast<std::size_t>(shape[d]);
  std::vector<std::int64_t> sums(channels);
  const std::int64_t most_weight = largest_distance(in[1].dtype(), -p.weights_offset);
  if (!in[1].is_constant() && channels > 0) {
    const std::int64_t each = shape.elements() / static_cast<std::int64_t>(channels);
    std::ranges::fill(sums, each <= kMostInt64 / most_weight ? each * most_weight : kMostInt64);
  }
  for (std::size_t i = 0; i < in[1].constant.size() && in[1].dtype() != DType::int16; ++i) {
    const auto byte = std::to_integer<std::uint8_t>(in[1].constant[i]);
    const std::int32_t weight =
        dtype == DType::uint8 ? byte + p.weights_offset : static_cast<std::int8_t>(byte) + p.weights_offset;
    sums[i / inner % channels] += std::abs(weight);
  }
  const std::int64_t largest_input = is_dynamic(in) ? 255 : largest_distance(dtype, p.input.zero_point);
  // Of packed weights FULLY_CONNECTED multiplies the sum with the whole multiplier.
  const bool narrow = !is_wide(in) || (op == "FULLY_CONNECTED" && bits(in[1].dtype()) < 8);
  const std::int64_t most = narrow ? kMostInt32 : kMostInt64;
  for (std::size_t c = 0; c < channels; ++c) {
    const std::int64_t bias = bias_of(in, c);
    if (bias >= -most && bias <= most && sums[c] <= (most - std::abs(bias)) / largest_input) continue;
    fail("{}: the sum of output channel {} can overflow {} bits (bias {}, weights add up to {})", op, c,
         narrow ? 32 : 48, bias, sums[c]);
  }
}

void require_weights(std::string_view op, Types in, int channel_axis) {
  if (in[1].quantization == nullptr || in[1].quantization->empty()) fail("{}: weights have no scale", op);
  if (is_in_blocks(*in[1].quantization)) {
    fail_unsupported("{}: weights in blocks, supported are scales for each channel", op);
  }
  const Quantization& weights = *in[1].quantization;
  const auto channels = static_cast<std::size_t>(in[1].shape()[channel_axis]);
  if (weights.per_channel() && weights.dimension != channel_axis) {
    fail("{}: weights are per channel on axis {}, only axis {} is supported", op, weights.dimension, channel_axis);
  }
  if (weights.scale.size() != 1 && (weights.scale.size() != channels || in[1].dtype() == DType::uint8)) {
    fail("{}: {} weights have {} scales for {} channels", op, name(in[1].dtype()), weights.scale.size(), channels);
  }
  if (in[1].dtype() == DType::uint8) return;
  const bool may_be_asymmetric = op == "FULLY_CONNECTED" && in[0].dtype() == DType::int8 &&
                                 in[1].dtype() == DType::int8 && weights.scale.size() == 1;
  if (may_be_asymmetric) return;
  if (std::any_of(weights.zero_point.begin(), weights.zero_point.end(), [](auto z) { return z != 0; })) {
    fail("{}: weights have a zero point other than 0", op);
  }
}

}  // namespace

void require_weighted_dtypes(std::string_view op, Types in) {
  require_dtype(op, in, 0, {DType::float32, DType::int8, DType::int16, DType::uint8});
  const auto expect = [&](std::initializer_list<DType> weights, std::initializer_list<DType> bias) {
    require_dtype(op, in, 1, weights);
    if (in.has(2)) require_dtype(op, in, 2, bias);
  };
  switch (in[0].dtype()) {
    case DType::int8:
      return expect({DType::int8, DType::int4, DType::int2}, {DType::int32});
    case DType::int16:
      if (op == "FULLY_CONNECTED" && in[1].dtype() == DType::int16) return expect({DType::int16}, {DType::int64});
      return expect({DType::int8, DType::int4, DType::int2}, {DType::int64, DType::int32});
    case DType::uint8:
      return expect({DType::uint8}, {DType::int32});
    default:
      break;
  }
  expect({DType::float32, DType::int8, DType::int4, DType::int2}, {DType::float32});
}

bool is_dynamic(Types in) { return in[0].dtype() == DType::float32 && in[1].dtype() != DType::float32; }

DynamicParameters dynamic_parameters(std::string_view op, Types in, int channel_axis, Activation activation) {
  device_int(op, in[0].type->bytes());
  device_int(op, in[1].type->bytes());
  require_weights(op, in, channel_axis);
  require_sums_fit(op, in, channel_axis, {});
  const std::vector<float>& scales = in[1].quantization->scale;
  return {.multiplier_stride = scales.size() > 1 ? 1 : 0,
          .constants = {make_kernel_constant("weights_scale", scales), activation_bounds(op, activation)}};
}

std::vector<KernelArgument> integer_arguments() {
  return {kernel_input(0), kernel_input(1), kernel_input(2), kernel_constant(0), kernel_constant(1), kernel_output(0)};
}

void require_device_sizes(std::string_view op, Types in, Types out) {
  for (const Operand& operand : {in[0], in[1], out[0]}) device_int(op, operand.type->bytes());
}

std::vector<KernelArgument> float_arguments() {
  return {kernel_input(0), kernel_input(1), kernel_input(2), kernel_constant(0), kernel_output(0)};
}

std::vector<KernelArgument> dynamic_arguments() {
  return {kernel_input(0),    kernel_input(1),  kernel_input(2), kernel_constant(0),
          kernel_constant(1), kernel_scratch(), kernel_output(0)};
}

WeightedParameters weighted_parameters(std::string_view op, Types in, Types out, int channel_axis,
                                       Activation activation) {
  require_one_type(op, in, out, 0, 0, {DType::int8, DType::int16, DType::uint8});
  device_int(op, in[1].type->bytes());
  const DType dtype = in[0].dtype();
  WeightedParameters p;
  p.input = per_tensor(op, "input", in[0]);
  p.output = per_tensor(op, "output", out[0]);
  if (dtype == DType::int16 && (p.input.zero_point != 0 || p.output.zero_point != 0)) {
    fail("{}: zero points are {} and {}, expected 0 for int16", op, p.input.zero_point, p.output.zero_point);
  }
  p.range = output_range(op, activation, p.output, dtype);
  require_weights(op, in, channel_axis);
  if (in[1].quantization->scale.size() == 1) p.weights_offset = -per_tensor(op, "weights", in[1]).zero_point;
  require_sums_fit(op, in, channel_axis, p);

  const Quantization& weights = *in[1].quantization;
  p.multiplier_stride = weights.scale.size() > 1 ? 1 : 0;
  std::vector<std::int32_t> multipliers, shifts;
  for (const float scale : weights.scale) {
    // LiteRT's uint8 convolutions have the product in float32, all other layers in float64.
    const bool in_float = dtype == DType::uint8 && op != "FULLY_CONNECTED";
    const double product = in_float ? static_cast<double>(p.input.scale * scale)
                                    : static_cast<double>(p.input.scale) * static_cast<double>(scale);
    const double real = product / static_cast<double>(p.output.scale);
    const QuantizedMultiplier q = in_context(std::string(op), [&] { return quantize_multiplier(real); });
    // 64-bit sums have no room for more.
    if (is_wide(in) && q.shift > 7) fail("{}: the scales of this layer lie too far apart ({})", op, real);
    multipliers.push_back(q.multiplier);
    shifts.push_back(q.shift);
  }
  p.constants = {make_kernel_constant("multiplier", multipliers), make_kernel_constant("shift", shifts)};
  return p;
}

}  // namespace mirim
