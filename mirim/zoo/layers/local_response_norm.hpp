#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// LOCAL_RESPONSE_NORMALIZATION over 2 * radius + 1 channels; Krizhevsky et al., 2012, have these numbers.
struct LocalResponseNormLayer {
  std::int32_t radius = 2;
  float bias = 2;
  float alpha = 1e-4F;
  float beta = 0.75F;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "local_response_norm"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
