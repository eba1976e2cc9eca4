#pragma once

#include <functional>

#include "mirim/exec/interpreter.hpp"

namespace mirim::simd {

/// Float UNIDIRECTIONAL_SEQUENCE_LSTM with constant weights: the products with the inputs of all steps are one matrix
/// product, the rest goes step by step. Empty for any other node.
std::function<void()> prepare_lstm(const BoundNode& bound);

}  // namespace mirim::simd
