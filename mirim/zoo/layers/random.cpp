#include "mirim/zoo/layers/random.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/finish.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {

void RandomLayer::keys(LayerKeys& k) {
  k.needed("units", units, "random needs it: how many results it makes");
  k.key("scale", scale);
  k.key("bias", bias);
  k.key("activation", activation);
  k.from(from);
}

ValueId RandomLayer::append(Builder& builder) const {
  const ValueId x = flat_source(builder, from, name);
  check_size(name, "units", units);
  if (!(scale > 0)) fail("layer '{}': scale is {}; it must be above 0", name, scale);
  if (!(bias >= 0)) fail("layer '{}': bias is {}; it must not be negative", name, bias);
  const std::int64_t features = builder.shape(x).back();
  const ValueId weights =
      builder.random_constant(name + "/weights", {units, features}, scale / std::sqrt(static_cast<float>(features)));
  const ValueId offsets = builder.random_constant(name + "/bias", {units}, bias);
  return finish(builder, builder.node(FullyConnected{}, {x, weights, offsets}, name), false, activation, name);
}

}  // namespace mirim
