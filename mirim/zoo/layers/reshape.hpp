#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// RESHAPE; the batch stays as it is.
struct ReshapeLayer {
  Shape shape{};  ///< of one sample
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "reshape"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// RESHAPE to one dimension.
struct FlattenLayer {
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "flatten"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// RESHAPE of a value to one dimension beside the batch.
ValueId flattened(Builder& builder, ValueId id, const std::string& name);

}  // namespace mirim
