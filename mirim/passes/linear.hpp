#pragma once

#include <optional>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// For passes: an operator that multiplies by weights and adds a bias (inputs 1 and 2).
struct Linear {
  int output_axis = 0;  ///< of the weights: conv2d 0, depthwise_conv2d 3, fully connected 0
};

/// Empty for every other operator.
std::optional<Linear> linear(const Op& op);

/// Whether the operator has no fused activation, or NONE.
bool without_activation(const Op& op);

/// The fused activation as the number of TFLite's ActivationFunctionType; empty if the operator can have none.
std::optional<int> fused_activation(const Op& op);

/// Sets the fused activation of an operator that can have one (assert).
void set_fused_activation(Op& op, int activation);

}  // namespace mirim
