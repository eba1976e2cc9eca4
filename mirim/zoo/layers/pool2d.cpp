#include "mirim/zoo/layers/pool2d.hpp"

#include "mirim/ops/pool2d.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/recurrent.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {

void PoolLayer::keys(LayerKeys& k) {
  k.key("size", size);
  k.key("stride", stride);
  k.key("padding", padding);
  k.from(from);
}

ValueId PoolLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  const Size2d step = stride == Size2d{0, 0} ? size : stride;
  if (kind == Kind::max) return builder.node(MaxPool2d{.padding = padding, .stride = step, .filter = size}, {x}, name);
  return builder.node(AveragePool2d{.padding = padding, .stride = step, .filter = size}, {x}, name);
}

void GlobalAveragePoolLayer::keys(LayerKeys& k) { k.from(from); }

ValueId GlobalAveragePoolLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  if (builder.shape(x).rank() == 3) return mean_over_steps(builder, x, name);
  check_image(name, builder.shape(x));
  const Size2d all = {static_cast<std::int32_t>(builder.shape(x)[1]), static_cast<std::int32_t>(builder.shape(x)[2])};
  const ValueId mean = builder.node(AveragePool2d{.stride = all, .filter = all}, {x}, name);
  return flattened(builder, mean, name + "/flatten");
}

}  // namespace mirim
