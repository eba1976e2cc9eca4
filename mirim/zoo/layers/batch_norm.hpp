#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// BATCH_NORM, then the activation.
struct BatchNormLayer {
  float epsilon = 1e-3F;
  float momentum = 0.99F;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "batch_norm"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// BATCH_NORM of a value, with constants named NAME/gamma, NAME/beta, NAME/mean and NAME/variance.
ValueId normalized(Builder& builder, ValueId id, const BatchNormLayer& layer, const std::string& name);

}  // namespace mirim
