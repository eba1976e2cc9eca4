#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// CONV_2D, then BATCH_NORM if asked for, then the activation.
struct Conv2dLayer {
  std::int64_t filters = 0;
  Size2d kernel = {3, 3};
  Size2d stride{};
  Size2d dilation{};
  std::int64_t groups = 1;  ///< of channels, each with filters / groups filters of its own
  Padding padding = Padding::same;
  bool bias = true;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "conv2d"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
