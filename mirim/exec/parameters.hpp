#pragma once

#include <span>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// A constant that training changes.
struct Parameter {
  ValueId value = kNoValue;
  bool decay = false;  ///< weight decay applies: weights, never biases or the scales and shifts of batch norm
};

/// A value with this extra (any bytes) is not trained: `value.extras[std::string(kFrozen)] = {};`
inline constexpr std::string_view kFrozen = "mirim.frozen";

/// A constant of any operand with this extra is trained: the factors and terms of a layer norm, places in a sequence.
inline constexpr std::string_view kTrained = "mirim.trained";

/// The trainable constants of a graph, in the order in which nodes first read them: float32 constants without `kFrozen`
/// that a differentiable node reads as weights, bias, scale, shift or slope (OperandRole), or that are `kTrained`. Only
/// weights decay. All other constants stay unchanged: those of MUL and ADD (a normalisation at the input; a saved batch
/// norm becomes BATCH_NORM again when training continues), shapes, axes, paddings.
std::vector<Parameter> trainable_parameters(const Graph& graph);

/// The constants that a training step updates from statistics, not gradients: mean and variance of BATCH_NORM.
std::vector<ValueId> running_statistics(const Graph& graph);

/// Initialises all trainable weights, from `seed` and the value's place among them: uniform in [-limit, limit] with
/// limit = sqrt(6 / fan_in) when a rectifier follows the node (He et al., 2015), else sqrt(6 / (fan_in + fan_out))
/// (Glorot and Bengio, 2010). Biases become 0; gamma 1, beta 0, alpha 0.25; mean 0, variance 1. What is `kTrained`
/// begins anew with 1 as a factor of MUL, else with 0.
void initialize(Graph& graph, std::uint64_t seed);

/// The root mean square of the numbers that are not 0; 0 where there are none.
float size_of_numbers(std::span<const float> values);

}  // namespace mirim
