#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <span>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/passes/quantize.hpp"

namespace mirim {

struct RefineOptions {
  /// Learns which way each weight is rounded (RoundingStep), so that the layer answers as the float one does.
  bool learn_rounding = false;
  /// Adds to each bias the mean of what its channel answers too little (Nagel et al., 2019, section 4.2).
  bool correct_bias = false;
  std::int64_t steps = 1000;  ///< of learning, a layer; of 32 samples each
  int threads = 1;
  std::uint64_t seed = 1;
  std::function<bool()> stop{};  ///< asked before each layer; true ends it with an Error
};

/// Rounds the weights of a prepared float graph to their grids, layer by layer from the first to the last. Each layer
/// is compared with the float graph's on calibration samples; its inputs are what the integer model before it gives
/// with what was already decided, so that a layer also makes good for those before it. Applies to CONV_2D,
/// DEPTHWISE_CONV_2D and FULLY_CONNECTED with weights of their own. Not to weights with a codebook (their numbers are
/// shared) or binary ones: these stay, for the caller to round. `grids` has one scale for each row, by the weights'
/// ValueId; `ranges` are those of the graph, and grow with it where a layer gets a bias. At most 512 MB of a layer's
/// inputs and outputs are kept, so large layers see fewer samples. The same seed and threads give the same bits.
void refine_layers(Graph& graph, std::vector<Range>& ranges, const QuantizeOptions& quantization,
                   const std::map<ValueId, WeightForm::Grid>& grids, std::int64_t samples,
                   const std::function<void(Interpreter&, std::int64_t sample)>& set_inputs,
                   const RefineOptions& options);

}  // namespace mirim
