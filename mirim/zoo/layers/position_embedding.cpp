#include "mirim/zoo/layers/position_embedding.hpp"

#include <cmath>

#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {
namespace {

constexpr float kDeviation = 0.02F;  // of vectors to begin with, as BERT and GPT-2 have it

std::vector<float> waves(std::int64_t steps, std::int64_t features) {
  std::vector<float> values;
  for (std::int64_t t = 0; t < steps; ++t) {
    for (std::int64_t i = 0; i < features; ++i) {
      const double turn =
          static_cast<double>(t) / std::pow(10'000.0, static_cast<double>(i / 2 * 2) / static_cast<double>(features));
      values.push_back(static_cast<float>(i % 2 == 0 ? std::sin(turn) : std::cos(turn)));
    }
  }
  return values;
}

}  // namespace

void PositionEmbeddingLayer::keys(LayerKeys& k) {
  k.key("learned", learned);
  k.from(from);
}

ValueId PositionEmbeddingLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_sequence(name, builder.shape(x));
  const std::int64_t steps = builder.shape(x)[1], features = builder.shape(x)[2];
  const ValueId places = learned ? builder.trained_constant(name + "/places", {steps, features},
                                                            [](Random& random) { return kDeviation * random.normal(); })
                                 : builder.constant(name + "/places", {steps, features}, waves(steps, features));
  return builder.node(Add{}, {x, places}, name);
}

}  // namespace mirim
