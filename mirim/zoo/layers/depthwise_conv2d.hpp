#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// DEPTHWISE_CONV_2D with `multiplier` filters for each channel, then BATCH_NORM if asked for, then the activation.
struct DepthwiseConv2dLayer {
  std::int64_t multiplier = 1;
  Size2d kernel = {3, 3};
  Size2d stride{};
  Size2d dilation{};
  Padding padding = Padding::same;
  bool bias = true;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "depthwise_conv2d"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
