#include "mirim/zoo/layers/sampling.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {

void SamplingLayer::keys(LayerKeys& k) { k.from(from); }

ValueId SamplingLayer::append(Builder& builder) const {
  if (from.size() != 2 || builder.shape(from[0]) != builder.shape(from[1])) {
    fail("layer '{}': from must name two layers of one shape: the means, and the logarithms of the standard deviations",
         name);
  }
  const Shape& all = builder.shape(from[0]);
  const Shape shape({all.begin() + 1, all.end()});
  const ValueId noise = builder.random_input(name + "/noise", shape, Distribution::normal);
  const ValueId deviation = builder.node(Exp{}, {from[1]}, name + "/deviation");
  const ValueId distance = builder.node(Mul{}, {deviation, noise}, name + "/distance");
  return builder.node(Add{}, {from[0], distance}, name);
}

}  // namespace mirim
