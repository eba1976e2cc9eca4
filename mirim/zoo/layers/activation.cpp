#include "mirim/zoo/layers/activation.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/zoo/activation.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {

void ActivationLayer::keys(LayerKeys& k) {
  if (kind == "leaky_relu" || kind == "prelu") k.key("alpha", alpha);
  k.from(from);
}

ValueId ActivationLayer::append(Builder& builder) const {
  return in_context("layer '" + name + "'",
                    [&] { return activated(builder, builder.source(from, name), kind, alpha, name); });
}

ValueId activated(Builder& builder, ValueId id, const std::string& kind, std::optional<float> alpha,
                  const std::string& name) {
  const std::optional<Op> op = activation_op(kind, alpha.value_or(0.01F));
  if (!op) return id;
  if (!op->is<Prelu>()) return builder.node(*op, {id}, name);
  // One slope per channel, shared by all positions, as for images in PReLU's paper.
  std::vector<std::int64_t> dimensions(static_cast<std::size_t>(std::max(builder.shape(id).rank() - 1, 1)), 1);
  dimensions.back() = builder.shape(id).back();
  builder.count_small(name, builder.shape(id).back());
  const std::vector<float> slopes(static_cast<std::size_t>(builder.shape(id).back()), alpha.value_or(0.25F));
  return builder.node(*op, {id, builder.constant(name + "/alpha", Shape(dimensions), slopes)}, name);
}

}  // namespace mirim
