#pragma once

#include <optional>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// For passes: an operator that multiplies its input by weights and adds a bias.
struct Linear {
  int output_axis = 0;  ///< of the weights
  // Which operands these are. A node may lack the bias.
  std::size_t input = 0;
  std::size_t weights = 1;
  std::size_t bias = 2;
};

/// Of CONV_2D, DEPTHWISE_CONV_2D, FULLY_CONNECTED and TRANSPOSE_CONV. Empty for every other operator.
std::optional<Linear> linear(const Op& op);

/// The bias of a linear node; kNoValue if it has none.
ValueId bias_of(const Node& node, const Linear& operands);

/// Gives a linear node this bias.
void set_bias(Node& node, const Linear& operands, ValueId bias);

/// Whether the operator has no fused activation, or NONE.
bool without_activation(const Op& op);

/// The fused activation as the number of TFLite's ActivationFunctionType; empty if the operator can have none.
std::optional<int> fused_activation(const Op& op);

/// Sets the fused activation of an operator that can have one (assert).
void set_fused_activation(Op& op, int activation);

}  // namespace mirim
