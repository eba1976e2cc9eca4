#include "mirim/zoo/layers/dropout.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/dropout.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {

void DropoutLayer::keys(LayerKeys& k) {
  k.key("rate", rate);
  k.from(from);
}

ValueId DropoutLayer::append(Builder& builder) const {
  if (!(rate >= 0 && rate < 1)) {
    fail("layer '{}': rate is {}; it must be at least 0 and below 1", name, rate);
  }
  return builder.node(Dropout{.rate = rate}, {builder.source(from, name)}, name);
}

}  // namespace mirim
