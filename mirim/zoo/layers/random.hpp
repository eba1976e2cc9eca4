#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// FULLY_CONNECTED with weights and biases that stay as chance made them, then the activation: the hidden layer of an
/// extreme learning machine. Weights are normal with deviation `scale` / sqrt(inputs), biases with deviation `bias`.
struct RandomLayer {
  std::int64_t units = 0;
  float scale = 1;
  float bias = 1;
  std::string activation = "tanh";
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "random"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
