#include "mirim/zoo/layers/local_response_norm.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/local_response_normalization.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {

void LocalResponseNormLayer::keys(LayerKeys& k) {
  k.key("radius", radius);
  k.key("bias", bias);
  k.key("alpha", alpha);
  k.key("beta", beta);
  k.from(from);
}

ValueId LocalResponseNormLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_image(name, builder.shape(x));
  if (radius < 0) fail("layer '{}': radius is {}; it must not be negative", name, radius);
  if (!(bias > 0)) fail("layer '{}': bias is {}; it must be above 0", name, bias);
  const LocalResponseNormalization op{.radius = radius, .bias = bias, .alpha = alpha, .beta = beta};
  return builder.node(op, {x}, name);
}

}  // namespace mirim
