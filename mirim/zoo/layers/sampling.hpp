#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// Draws from normal distributions, given their means m and the logarithms s of their standard deviations: m + exp(s)
/// e, by EXP, MUL and ADD, so that gradients reach both; e is a random input, NAME/noise (Kingma and Welling, 2013).
struct SamplingLayer {
  std::string name{};
  std::vector<ValueId> from{};

  std::string_view type() const { return "sampling"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
