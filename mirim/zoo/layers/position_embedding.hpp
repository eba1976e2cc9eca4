#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// Adds to each step of a sequence [steps, features] a vector that tells its place: a trained one (`learned`), or
/// sin(t / 10000^(2 i / features)) and the cosine in turn (Vaswani et al., 2017). ADD.
struct PositionEmbeddingLayer {
  bool learned = true;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "position_embedding"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
