#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

struct PrepareOptions {
  /// The input will be fed raw bytes (QuantizeOptions::input): a normalisation by one number stays in front, for
  /// `quantize` to make it the input's own scale and zero point.
  bool raw_bytes = false;
  /// A normalisation of the input that matters to int8 leaves the graph (take_out_input_scaling).
  bool outside_scaling = false;
};

/// A trained float graph made ready for calibrate and quantize, in this order: no DROPOUT; batch norm in the weights;
/// activations contracted, so that each becomes one table; constants computed, and weights of 8 bits beside float
/// activations (dynamic range) as floats; the normalisation of the input in the first layer where that changes no
/// border; PAD as SAME padding; activations fused; nothing that nobody reads. At inference the same function, but for
/// rounding.
void prepare_for_quantization(Graph& graph, const PrepareOptions& options = {});

}  // namespace mirim
