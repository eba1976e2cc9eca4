#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

struct PrepareOptions {
  /// The input will get raw bytes (QuantizeOptions::input): a normalisation by one number stays at the front, and
  /// `quantize` makes it the input's own scale and zero point.
  bool raw_bytes = false;
  /// Moves a normalisation of the input that matters to int8 out of the graph (take_out_input_scaling).
  bool outside_scaling = false;
};

/// Prepares a trained float graph for calibrate and quantize, in this order: removes DROPOUT; folds batch norm into the
/// weights; contracts activations, so that each becomes one table; folds constants, and widens 8-bit weights of float
/// activations (dynamic range); folds the input's normalisation into the first layer if that changes no border; merges
/// PAD as SAME padding; fuses activations; removes unused nodes. At inference the same function, but for rounding.
void prepare_for_quantization(Graph& graph, const PrepareOptions& options = {});

}  // namespace mirim
