#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"

namespace mirim {

/// The operator of a one-input activation, by its name in a model; `alpha` is leaky_relu's slope below 0. Empty for
/// "linear", which is no operator. "prelu" has a second input, its slopes. Throws Error with the nearest known name for
/// any other.
std::optional<Op> activation_op(std::string_view name, float alpha);

/// Whether weights before it start from He's normal distribution: the ReLU family.
bool is_rectifier(std::string_view activation);

}  // namespace mirim
