#pragma once

#include <functional>

#include "mirim/exec/interpreter.hpp"

namespace mirim::simd {

/// Float CONV_2D with sums in order (Sums::in_order): the pixels under each output are gathered into a row, which is
/// multiplied by the weights. Empty for any other node.
std::function<void()> prepare_ordered_convolution(const BoundNode& bound);

}  // namespace mirim::simd
