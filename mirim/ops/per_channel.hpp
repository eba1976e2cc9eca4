#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"

namespace mirim {

/// A scale and zero point for each index of an axis; the tensor is [outer, channels, inner].
struct PerChannel {
  std::int32_t outer = 0;
  std::int32_t channels = 0;
  std::int32_t inner = 0;
  std::vector<KernelConstant> constants{};  ///< scale and zero_point
};

/// Of an integer operand, called `what` in messages, with as many scales as its axis has indices. Throws Error if the
/// scales do not fit, or a zero point is outside of its type.
PerChannel per_channel(std::string_view op, std::string_view what, const Operand& operand);

}  // namespace mirim
