#pragma once

#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// A constant that training changes.
struct Parameter {
  ValueId value = kNoValue;
  bool decay = false;  ///< weight decay applies: weights, never biases or the scales and shifts of batch norm
};

/// A value that bears this extra (any bytes) is not trained: `value.extras[std::string(kFrozen)] = {};`
inline constexpr std::string_view kFrozen = "mirim.frozen";

/// The trainable constants of a graph, in the order in which nodes first read them. A float32 constant is trainable
/// when a differentiable node reads it as
///   - weights or bias of CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED (inputs 1 and 2); weights decay, biases do not,
///   - gamma or beta of BATCH_NORM (inputs 1 and 2),
///   - alpha of PRELU (input 1),
/// (the table in parameters.cpp) and it does not bear `kFrozen`. Everything else stays as it is: constants of MUL and
/// ADD (a normalisation in front, a saved batch norm: that becomes BATCH_NORM again when training goes on), shapes,
/// axes, paddings.
std::vector<Parameter> trainable_parameters(const Graph& graph);

/// The constants that a training step updates by statistics and not by gradients: mean and variance of BATCH_NORM
/// (inputs 3 and 4).
std::vector<ValueId> running_statistics(const Graph& graph);

/// Sets all trainable weights anew, by `seed` and the value's place among them: uniform in [-limit, limit] with
/// limit = sqrt(6 / fan_in) when a rectifier follows the node (He et al., 2015), else sqrt(6 / (fan_in + fan_out))
/// (Glorot and Bengio, 2010). Biases become 0; gamma 1, beta 0, alpha 0.25; mean 0, variance 1.
void initialize(Graph& graph, std::uint64_t seed);

}  // namespace mirim
