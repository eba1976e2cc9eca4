#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/ops/weighted.hpp"

namespace mirim {

/// CONV_2D, DEPTHWISE_CONV_2D or FULLY_CONNECTED on int8 or int16 with constant int8 weights and a constant bias, or
/// none. Indices, so it stays valid when values are added to the graph.
struct IntegerLayer {
  int node = -1;
  ValueId x = kNoValue;
  ValueId weights = kNoValue;
  ValueId bias = kNoValue;  ///< kNoValue: none
  ValueId y = kNoValue;
  WeightedParameters parameters;
  std::int64_t outputs = 0;
  std::int64_t channels = 0;  ///< of x; of FULLY_CONNECTED the inputs of a row
  bool depthwise = false;
  bool pads = false;  ///< whether a window reaches beyond the input, where x counts as its zero point

  /// Of weight i, in memory order: the output that it adds to, and the channel of x that it multiplies.
  std::int64_t output_of(std::int64_t i) const { return depthwise ? i % outputs : i / row; }
  std::int64_t channel_of(std::int64_t i) const {
    if (depthwise) return i % outputs / (outputs / channels);
    return i / row / (outputs / groups) * group_channels + i % group_channels;
  }

  std::int64_t row = 0;             ///< weights of an output, unless depthwise
  std::int64_t groups = 1;          ///< of CONV_2D
  std::int64_t group_channels = 0;  ///< channels of x in each
};

/// The node as such a layer; nothing if it is another one, or if no kernel would take it.
std::optional<IntegerLayer> integer_layer(const Graph& graph, int node);

/// All of a graph, in order.
std::vector<IntegerLayer> integer_layers(const Graph& graph);

}  // namespace mirim
