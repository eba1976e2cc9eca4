#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// PAD with zeros along height and width.
struct PadLayer {
  std::int32_t top = 0;
  std::int32_t bottom = 0;
  std::int32_t left = 0;
  std::int32_t right = 0;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "pad"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
