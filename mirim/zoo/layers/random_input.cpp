#include "mirim/zoo/layers/random_input.hpp"

#include "mirim/base/error.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {

void RandomInputLayer::keys(LayerKeys& k) {
  k.needed("shape", shape, "random_input needs it: how many numbers a sample gets");
  k.key("distribution", distribution);
}

ValueId RandomInputLayer::append(Builder& builder) const {
  if (shape.rank() < 1 || shape.rank() > 4) {
    fail("layer '{}': the shape has {} dimensions; give 1 to 4, without the batch", name, shape.rank());
  }
  return builder.random_input(name, shape,
                              in_context("layer '" + name + "'", [&] { return distribution_named(distribution); }));
}

}  // namespace mirim
