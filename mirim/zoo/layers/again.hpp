#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// The layers of a part once more, with the same weights, behind another layer.
struct AgainLayer {
  std::string of{};  ///< the part
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "again"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
