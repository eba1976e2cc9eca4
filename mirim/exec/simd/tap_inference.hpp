#pragma once

#include <functional>

#include "mirim/exec/interpreter.hpp"

namespace mirim::simd {

/// Float CONV_2D with constant weights, any groups, strides and dilations, sums in any order. Empty for any other node.
std::function<void()> prepare_tap_convolution(const BoundNode& bound);

/// Float TRANSPOSE_CONV with constant weights, sums in any order. Empty for any other node.
std::function<void()> prepare_transposed_convolution(const BoundNode& bound);

}  // namespace mirim::simd
