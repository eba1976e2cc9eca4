#pragma once

#include <functional>

#include "mirim/exec/interpreter.hpp"

namespace mirim::simd {

/// UNIDIRECTIONAL_SEQUENCE_LSTM in floats, weights constant: the products with the inputs of all steps are one matrix
/// product, the rest goes on step by step. Empty for any other node.
std::function<void()> prepare_lstm(const BoundNode& bound);

}  // namespace mirim::simd
