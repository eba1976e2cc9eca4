#include "mirim/zoo/layers/attention.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/ops/transpose.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/fully_connected.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {
namespace {

// Added to the scores of what a step must not see. `quantize` knows such masks (passes/masks.hpp).
constexpr float kUnseen = -1e9F;

class Heads {
 public:
  Heads(Builder& builder, const AttentionLayer& layer, ValueId x)
      : builder_(builder), layer_(layer), x_(x), steps_(builder.shape(x)[1]), features_(builder.shape(x)[2]) {}

  ValueId append() {
    const std::string& name = layer_.name;
    const float scale = 1 / std::sqrt(static_cast<float>(features_ / layer_.heads));
    const ValueId query = builder_.node(Mul{}, {dense(x_, "query"), builder_.constant(name + "/scale", {1}, {scale})},
                                        name + "/scaled_query");
    const ValueId keys = apart(dense(x_, "key"), "keys"), values = apart(dense(x_, "value"), "values");
    ValueId scores = builder_.node(BatchMatMul{.adj_y = true}, {apart(query, "queries"), keys}, name + "/scores");
    if (layer_.causal) scores = builder_.node(Add{}, {scores, mask()}, name + "/seen");
    const ValueId weights = builder_.node(Softmax{}, {scores}, name + "/attention");
    const ValueId mixed = builder_.node(BatchMatMul{}, {weights, values}, name + "/mixed");
    return dense(together(mixed), "");
  }

 private:
  ValueId dense(ValueId x, const std::string& part) {
    return dense_along_features(builder_, x, features_, layer_.bias, "linear",
                                part.empty() ? layer_.name : layer_.name + "/" + part);
  }

  // [steps, features] to [heads, steps, features / heads]
  ValueId apart(ValueId x, const std::string& part) {
    if (layer_.heads == 1) return x;
    const std::string name = layer_.name + "/" + part;
    const ValueId cut = reshaped(builder_, x, {steps_, layer_.heads, features_ / layer_.heads}, name + "/cut");
    return builder_.node(Transpose{}, {cut, order(name)}, name);
  }

  ValueId together(ValueId x) {
    if (layer_.heads == 1) return x;
    const std::string name = layer_.name + "/together";
    const ValueId turned = builder_.node(Transpose{}, {x, order(name)}, name + "/turned");
    return reshaped(builder_, turned, {steps_, features_}, name);
  }

  ValueId order(const std::string& name) { return builder_.indices(name + "/order", {4}, {0, 2, 1, 3}); }

  ValueId mask() {
    std::vector<float> numbers(static_cast<std::size_t>(steps_ * steps_), 0.0F);
    for (std::int64_t t = 0; t < steps_; ++t) {
      for (std::int64_t later = t + 1; later < steps_; ++later) {
        numbers[static_cast<std::size_t>(t * steps_ + later)] = kUnseen;
      }
    }
    return builder_.constant(layer_.name + "/mask", {steps_, steps_}, numbers);
  }

  Builder& builder_;
  const AttentionLayer& layer_;
  ValueId x_;
  std::int64_t steps_, features_;
};

}  // namespace

void AttentionLayer::keys(LayerKeys& k) {
  k.key("heads", heads);
  k.key("causal", causal);
  k.key("bias", bias);
  k.from(from);
}

ValueId AttentionLayer::append(Builder& builder) const {
  constexpr std::int64_t kMostSteps = 4096;  // scores are steps x steps
  const ValueId x = builder.source(from, name);
  check_sequence(name, builder.shape(x));
  const std::int64_t steps = builder.shape(x)[1], features = builder.shape(x)[2];
  if (steps > kMostSteps) fail("layer '{}': reads {} steps; at most {} are allowed", name, steps, kMostSteps);
  if (heads < 1 || features % heads != 0) {
    fail("layer '{}': {} heads do not divide {} features into equal parts", name, heads, features);
  }
  return Heads(builder, *this, x).append();
}

}  // namespace mirim
