#pragma once

#include <string>
#include <string_view>

#include "mirim/graph/graph.hpp"

namespace mirim {

struct TextOptions {
  /// Prints the elements of constants, and extras. Without them the text is only for reading: constants are "...", a
  /// list of scales is its first two and their number, and a joined name "a;b" is its first part.
  bool constants = true;
};

/// The graph as text, a line for each constant and each node:
///
///     graph "main" (%input: float32[1x28x28x1]) -> (%probabilities) {
///       %weights: float32[10x784] = [0.5, -0.25, ...]
///       %logits: float32[1x10] = FULLY_CONNECTED(%input, %weights, _) {fused_activation_function=RELU}
///       %probabilities: float32[1x10] = SOFTMAX(%logits) {beta=1}
///     }
///
/// `_` is an omitted operand. Options appear if they differ from their defaults. A quantized type is written
/// int8[1x10]{scale=0.5, zero_point=-128}, per channel int8[2x4]{scale=[0.5, 0.25], zero_point=[0, 0], axis=0}. Names
/// that are no identifiers are quoted, and a second value of the same name gets a suffix %name@2. A node whose name
/// differs from its first output's ends with @"name". Elements that no decimal can give (NaN, float16) are the
/// little-endian bytes in hexadecimal, bytes(0x...); so are extras. An operator that mirim lacks (Opaque) is quoted:
/// "Mine"(%x). Parsing the text and printing it again gives the same text.
std::string to_text(const Graph& graph, const TextOptions& options = {});

/// Parses what to_text prints. Comments run from # to the end of the line. For tests a constant may also be
/// `random(SEED)`: normal floats, int8 in [-127, 127], other integers in [-1000, 1000], or `fill(VALUE)`.
/// Checks the grammar, names, options and the size of constants, not whether operators accept their operands (verify).
/// Throws Error with line and column.
Graph parse_graph(std::string_view text, const OperatorTable& operators);

}  // namespace mirim
