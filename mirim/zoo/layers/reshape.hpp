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

/// What a layer that takes vectors reads: `from`, or the layer before, flattened to NAME/flatten unless it is one.
ValueId flat_source(Builder& builder, const std::optional<ValueId>& from, const std::string& name);

/// RESHAPE of a value to this shape of one sample; the batch stays as it is. Throws Error unless it has as many
/// elements.
ValueId reshaped(Builder& builder, ValueId x, const Shape& shape, const std::string& name);

/// RESHAPE of a value to one dimension beside the batch.
ValueId flattened(Builder& builder, ValueId id, const std::string& name);

}  // namespace mirim
