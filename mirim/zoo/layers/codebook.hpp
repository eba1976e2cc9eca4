#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// The vector of a codebook that is nearest to the input, in the operators FULLY_CONNECTED, ARG_MAX and GATHER: of all
/// |x - v|^2 the one with the largest x . v - |v|^2 / 2. Before a rule has set them the vectors are random.
struct CodebookLayer {
  std::int64_t units = 0;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "codebook"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
