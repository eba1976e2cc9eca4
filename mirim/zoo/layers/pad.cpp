#include "mirim/zoo/layers/pad.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/pad.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {

void PadLayer::keys(LayerKeys& k) {
  k.key("top", top);
  k.key("bottom", bottom);
  k.key("left", left);
  k.key("right", right);
  k.from(from);
}

ValueId PadLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_image(name, builder.shape(x));
  for (const std::int32_t size : {top, bottom, left, right}) {
    if (size < 0 || size > kLargestDimension) fail("layer '{}': a padding of {} is out of range", name, size);
  }
  const ValueId paddings = builder.indices(name + "/paddings", {4, 2}, {0, 0, top, bottom, left, right, 0, 0});
  return builder.node(Pad{}, {x, paddings}, name);
}

}  // namespace mirim
