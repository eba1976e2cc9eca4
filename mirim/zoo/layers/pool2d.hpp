#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// MAX_POOL_2D or AVERAGE_POOL_2D. A stride of 0 is the size of the window.
struct PoolLayer {
  enum class Kind { max, average };
  Kind kind = Kind::max;
  Size2d size = {2, 2};
  Size2d stride = {0, 0};
  Padding padding = Padding::valid;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return kind == Kind::max ? "max_pool2d" : "average_pool2d"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// AVERAGE_POOL_2D over the whole height and width, flattened; of a sequence [steps, features] the MEAN over its steps.
struct GlobalAveragePoolLayer {
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "global_average_pool"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
