#pragma once

#include <optional>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The constant in int8 with the same reals: every uint8 less 128, and so the zero point.
Value in_int8(const Value& value);

/// A type and quantization only.
void set_int8(Value& value);

/// The node as one on int8 that has the same bits less 128 for every input, if there is one: the operator, and the
/// operands that are constants. Its other uint8 operands, and its results, are to be int8 as by `set_int8`.
struct Int8Node {
  Op op;
  std::vector<std::optional<Value>> constants{};  ///< by input: what takes the place of a uint8 constant
};
std::optional<Int8Node> same_in_int8(const Graph& graph, const Node& node);

}  // namespace mirim
