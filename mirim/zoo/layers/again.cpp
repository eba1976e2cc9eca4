#include "mirim/zoo/layers/again.hpp"

#include "mirim/zoo/builder.hpp"

namespace mirim {

void AgainLayer::keys(LayerKeys& k) {
  k.needed("of", of, "again needs it: the part whose layers it repeats");
  k.from(from);
}

ValueId AgainLayer::append(Builder& builder) const { return builder.again(of, builder.source(from, name), name); }

}  // namespace mirim
