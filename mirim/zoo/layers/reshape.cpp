#include "mirim/zoo/layers/reshape.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {

ValueId reshaped(Builder& builder, ValueId x, const Shape& shape, const std::string& name) {
  // The batch stays open (-1), so that the same graph runs on any number of samples.
  std::vector<std::int32_t> dimensions = {-1};
  for (const std::int64_t size : shape) {
    check_size(name, "the shape", size);
    dimensions.push_back(static_cast<std::int32_t>(size));
  }
  if (shape.elements() != builder.shape(x).elements() / builder.shape(x)[0]) {
    fail("layer '{}': {} has not as many elements as a sample of {}", name, to_string(shape),
         to_string(builder.shape(x)));
  }
  const ValueId target = builder.indices(name + "/shape", {static_cast<std::int64_t>(dimensions.size())}, dimensions);
  return builder.node(Reshape{}, {x, target}, name);
}

void ReshapeLayer::keys(LayerKeys& k) {
  k.needed("shape", shape, "reshape needs it: the dimensions of one sample");
  k.from(from);
}

ValueId ReshapeLayer::append(Builder& builder) const {
  return reshaped(builder, builder.source(from, name), shape, name);
}

void FlattenLayer::keys(LayerKeys& k) { k.from(from); }

ValueId FlattenLayer::append(Builder& builder) const { return flattened(builder, builder.source(from, name), name); }

ValueId flat_source(Builder& builder, const std::optional<ValueId>& from, const std::string& name) {
  const ValueId x = builder.source(from, name);
  return builder.shape(x).rank() == 2 ? x : flattened(builder, x, name + "/flatten");
}

ValueId flattened(Builder& builder, ValueId id, const std::string& name) {
  const Shape& shape = builder.shape(id);
  return reshaped(builder, id, {shape.elements() / shape[0]}, name);
}

}  // namespace mirim
