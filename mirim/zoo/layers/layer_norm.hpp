#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// Layer normalisation (Ba, Kiros and Hinton, 2016) along the last axis:
///   y = (x - mean) / sqrt(variance + epsilon) * gamma + beta
/// with mean and variance over the elements of that axis. gamma and beta, one for each of them, are trained. In the
/// operators MEAN, SUB, SQUARE, RSQRT, MUL and ADD.
struct LayerNormLayer {
  float epsilon = 1e-5F;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "layer_norm"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
