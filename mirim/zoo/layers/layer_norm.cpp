#include "mirim/zoo/layers/layer_norm.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {

void LayerNormLayer::keys(LayerKeys& k) {
  k.key("epsilon", epsilon);
  k.from(from);
}

ValueId LayerNormLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  if (!(epsilon > 0)) fail("layer '{}': epsilon is {}; it must be above 0", name, epsilon);
  if (builder.shape(x).rank() < 2) fail("layer '{}': reads {}, expected vectors", name, to_string(builder.shape(x)));
  const std::int64_t channels = builder.shape(x).back();
  const auto trained = [&](const char* what, float start) {
    return builder.trained_constant(name + "/" + what, {channels}, [&](Random&) { return start; });
  };
  const ValueId gamma = trained("gamma", 1), beta = trained("beta", 0);
  const ValueId axis = builder.indices(name + "/axis", {1}, {builder.shape(x).rank() - 1});
  const ValueId least = builder.constant(name + "/epsilon", {1}, {epsilon});
  const ValueId mean = builder.node(Mean{.keep_dims = true}, {x, axis}, name + "/mean");
  const ValueId centred = builder.node(Sub{}, {x, mean}, name + "/centred");
  const ValueId squares = builder.node(Square{}, {centred}, name + "/squares");
  const ValueId variance = builder.node(Mean{.keep_dims = true}, {squares, axis}, name + "/variance");
  const ValueId raised = builder.node(Add{}, {variance, least}, name + "/raised");
  const ValueId factor = builder.node(Rsqrt{}, {raised}, name + "/factor");
  const ValueId normal = builder.node(Mul{}, {centred, factor}, name + "/normal");
  return builder.node(Add{}, {builder.node(Mul{}, {normal, gamma}, name + "/scaled"), beta}, name);
}

}  // namespace mirim
