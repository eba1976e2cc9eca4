#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// Sets a part `rate` of the elements to 0 in training; nothing afterwards.
struct DropoutLayer {
  float rate = 0.5F;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "dropout"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
