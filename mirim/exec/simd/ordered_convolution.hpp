#pragma once

#include <functional>

#include "mirim/exec/interpreter.hpp"

namespace mirim::simd {

/// CONV_2D of floats where sums are to be in order (Sums::in_order): the pixels under each output gathered into a row,
/// times the weights. Empty for any other node.
std::function<void()> prepare_ordered_convolution(const BoundNode& bound);

}  // namespace mirim::simd
