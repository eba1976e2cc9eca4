#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/activation.hpp"
#include "mirim/zoo/layers/again.hpp"
#include "mirim/zoo/layers/attention.hpp"
#include "mirim/zoo/layers/batch_norm.hpp"
#include "mirim/zoo/layers/boltzmann.hpp"
#include "mirim/zoo/layers/capsules.hpp"
#include "mirim/zoo/layers/codebook.hpp"
#include "mirim/zoo/layers/conv2d.hpp"
#include "mirim/zoo/layers/depthwise_conv2d.hpp"
#include "mirim/zoo/layers/dnc.hpp"
#include "mirim/zoo/layers/dropout.hpp"
#include "mirim/zoo/layers/fully_connected.hpp"
#include "mirim/zoo/layers/hopfield.hpp"
#include "mirim/zoo/layers/join.hpp"
#include "mirim/zoo/layers/layer_norm.hpp"
#include "mirim/zoo/layers/liquid.hpp"
#include "mirim/zoo/layers/local_response_norm.hpp"
#include "mirim/zoo/layers/markov.hpp"
#include "mirim/zoo/layers/ntm.hpp"
#include "mirim/zoo/layers/pad.hpp"
#include "mirim/zoo/layers/pool2d.hpp"
#include "mirim/zoo/layers/position_embedding.hpp"
#include "mirim/zoo/layers/random.hpp"
#include "mirim/zoo/layers/random_input.hpp"
#include "mirim/zoo/layers/rbf.hpp"
#include "mirim/zoo/layers/recurrent.hpp"
#include "mirim/zoo/layers/reservoir.hpp"
#include "mirim/zoo/layers/reshape.hpp"
#include "mirim/zoo/layers/sampling.hpp"
#include "mirim/zoo/layers/transposed_conv2d.hpp"

namespace mirim {

/// A kind of layer, as a model's TOML names it.
struct LayerKind {
  std::string type;  ///< "conv2d"
  /// Reads the keys of a layer with this name, which may be empty; the result appends the layer.
  std::function<std::function<ValueId(Builder&)>(LayerKeys& keys, const std::string& name)> read;
};

/// Every kind of layer, by type.
const std::vector<LayerKind>& layer_kinds();

}  // namespace mirim
