#include "mirim/zoo/layers/codebook.hpp"

#include "mirim/ops/arg_max.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {

void CodebookLayer::keys(LayerKeys& k) {
  k.needed("units", units, "codebook needs it: how many vectors it has");
  k.from(from);
}

ValueId CodebookLayer::append(Builder& builder) const {
  const ValueId x = flat_source(builder, from, name);
  check_size(name, "units", units);
  const std::int64_t features = builder.shape(x).back();
  const ValueId vectors = builder.random_constant(name + "/vectors", {units, features}, 1);
  const ValueId offsets =
      builder.constant(name + "/offsets", {units}, std::vector<float>(static_cast<std::size_t>(units)));
  const ValueId nearness = builder.node(FullyConnected{}, {x, vectors, offsets}, name + "/nearness");
  const ValueId nearest =
      builder.node(ArgMax{}, {nearness, builder.indices(name + "/axis", {1}, {1})}, name + "/nearest");
  return builder.node(Gather{}, {vectors, nearest}, name);
}

}  // namespace mirim
