#pragma once

#include <functional>

#include "mirim/exec/interpreter.hpp"

namespace mirim::simd {

/// GRU with constant weights: the products with the inputs of all steps are one matrix product, the rest goes step by
/// step. Empty for any other node.
std::function<void()> prepare_gru(const BoundNode& bound);

}  // namespace mirim::simd
