#include "mirim/ops/per_channel.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

PerChannel per_channel(std::string_view op, std::string_view what, const Operand& operand) {
  const Quantization& q = *operand.quantization;
  const Shape& shape = operand.shape();
  const auto channels = static_cast<std::int64_t>(q.scale.size());
  if (q.dimension < 0 || q.dimension >= shape.rank() || shape[q.dimension] != channels) {
    fail("{}: the {} has {} scales along axis {} of [{}]", op, what, channels, q.dimension, to_string(shape));
  }
  std::int64_t inner = 1;  // adjacent elements that share a scale
  for (int d = q.dimension + 1; d < shape.rank(); ++d) inner *= shape[d];
  const IntegerRange range = integer_range(operand.dtype());
  std::vector<std::int32_t> zero_points;
  for (const std::int64_t zero_point : q.zero_point) {
    if (zero_point < range.min || zero_point > range.max) {
      fail("{}: the {} has zero point {}, expected {} to {}", op, what, zero_point, range.min, range.max);
    }
    zero_points.push_back(static_cast<std::int32_t>(zero_point));
  }
  zero_points.resize(q.scale.size());
  return {.outer = device_int(op, inner > 0 ? shape.elements() / (channels * inner) : 0),
          .channels = device_int(op, channels),
          .inner = device_int(op, inner),
          .constants = {make_kernel_constant("scale", q.scale), make_kernel_constant("zero_point", zero_points)}};
}

}  // namespace mirim
