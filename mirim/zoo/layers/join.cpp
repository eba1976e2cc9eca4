#include "mirim/zoo/layers/join.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/finish.hpp"

namespace mirim {

void JoinLayer::keys(LayerKeys& k) {
  k.key("activation", activation);
  k.from(from);
}

ValueId JoinLayer::append(Builder& builder) const {
  const std::string_view verb = kind == Kind::add ? "add" : kind == Kind::mul ? "multiply" : "subtract";
  if (from.size() != 2) fail("layer '{}': from must name the two layers to {}", name, verb);
  const Op op = kind == Kind::add ? Op(Add{}) : kind == Kind::mul ? Op(Mul{}) : Op(Sub{});
  return finish(builder, builder.node(op, from, name), false, activation, name);
}

void ConcatenationLayer::keys(LayerKeys& k) { k.from(from); }

ValueId ConcatenationLayer::append(Builder& builder) const {
  if (from.size() < 2) fail("layer '{}': from must name at least two layers", name);
  return builder.node(Concatenation{.axis = -1}, from, name);
}

}  // namespace mirim
