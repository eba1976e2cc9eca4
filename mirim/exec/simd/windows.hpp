#pragma once

#include <functional>

#include "mirim/exec/interpreter.hpp"

/// Float layers that slide a window over each channel separately.
namespace mirim::simd {

/// DEPTHWISE_CONV_2D with one output for each channel. Empty for any other node.
std::function<void()> prepare_depthwise(const BoundNode& bound);

/// AVERAGE_POOL_2D. Empty for any other node.
std::function<void()> prepare_average_pool(const BoundNode& bound);

}  // namespace mirim::simd
