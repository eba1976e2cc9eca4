#include "mirim/zoo/layers/rbf.hpp"

#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {

void RadialBasisLayer::keys(LayerKeys& k) {
  k.needed("units", units, "rbf needs it: how many centres it has");
  k.from(from);
}

ValueId RadialBasisLayer::append(Builder& builder) const {
  const ValueId x = flat_source(builder, from, name);
  check_size(name, "units", units);
  const std::int64_t features = builder.shape(x).back();
  // exp(x . c / w^2 - |c|^2 / 2 w^2 - |x|^2 / 2 w^2)
  const ValueId centres = builder.random_constant(name + "/centres", {units, features}, 1);
  const ValueId offsets =
      builder.constant(name + "/offsets", {units}, std::vector<float>(static_cast<std::size_t>(units)));
  const ValueId reach =
      builder.constant(name + "/reach", {units, 1}, std::vector<float>(static_cast<std::size_t>(units), -0.5F));
  const ValueId near = builder.node(FullyConnected{}, {x, centres, offsets}, name + "/near");
  const ValueId squares = builder.node(Mul{}, {x, x}, name + "/squares");
  const ValueId axis = builder.indices(name + "/axis", {1}, {1});
  const ValueId square = builder.node(Sum{.keep_dims = true}, {squares, axis}, name + "/square");
  const ValueId far = builder.node(FullyConnected{}, {square, reach}, name + "/far");
  const ValueId exponent = builder.node(Add{}, {near, far}, name + "/exponent");
  return builder.node(Exp{}, {exponent}, name);
}

}  // namespace mirim
