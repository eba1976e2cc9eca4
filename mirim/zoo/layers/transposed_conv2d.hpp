#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// TRANSPOSE_CONV, then BATCH_NORM if asked for, then the activation. Makes images larger: height * stride with SAME
/// padding, (height - 1) * stride + kernel with VALID.
struct TransposedConv2dLayer {
  std::int64_t filters = 0;
  Size2d kernel = {3, 3};
  Size2d stride{};
  Padding padding = Padding::same;
  bool bias = true;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "transposed_conv2d"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
