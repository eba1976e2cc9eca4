#include "mirim/zoo/layers/batch_norm.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/finish.hpp"

namespace mirim {

void BatchNormLayer::keys(LayerKeys& k) {
  k.key("epsilon", epsilon);
  k.key("momentum", momentum);
  k.key("activation", activation);
  k.from(from);
}

ValueId BatchNormLayer::append(Builder& builder) const {
  return finish(builder, normalized(builder, builder.source(from, name), *this, name), false, activation, name);
}

ValueId normalized(Builder& builder, ValueId id, const BatchNormLayer& layer, const std::string& name) {
  if (!(layer.epsilon > 0)) fail("layer '{}': epsilon is {}; it must be above 0", name, layer.epsilon);
  if (!(layer.momentum >= 0 && layer.momentum < 1)) {
    fail("layer '{}': momentum is {}; it must be at least 0 and below 1", name, layer.momentum);
  }
  const std::int64_t channels = builder.shape(id).back();
  builder.count_small(name, 4 * channels);
  const std::vector<float> zeros(static_cast<std::size_t>(channels), 0.0F);
  const std::vector<float> ones(static_cast<std::size_t>(channels), 1.0F);
  const ValueId gamma = builder.constant(name + "/gamma", {channels}, ones);
  const ValueId beta = builder.constant(name + "/beta", {channels}, zeros);
  const ValueId mean = builder.constant(name + "/mean", {channels}, zeros);
  const ValueId variance = builder.constant(name + "/variance", {channels}, ones);
  return builder.node(BatchNorm{.epsilon = layer.epsilon, .momentum = layer.momentum},
                      {id, gamma, beta, mean, variance}, name);
}

}  // namespace mirim
