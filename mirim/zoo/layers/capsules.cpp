#include "mirim/zoo/layers/capsules.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/batch_matmul.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/ops/transpose.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {
namespace {

constexpr float kLeast = 1e-7F;     // a square root has no slope at 0
constexpr float kDeviation = 0.1F;  // of the matrices to begin with, as in the paper's own network
constexpr std::int64_t kMostRoutings = 20;

ValueId squared_length(Builder& builder, ValueId x, bool keep_dims, const std::string& name) {
  const ValueId axis = builder.indices(name + "/axis", {1}, {builder.shape(x).rank() - 1});
  const ValueId squares = builder.node(Square{}, {x}, name + "/squares");
  return builder.node(Sum{.keep_dims = keep_dims}, {squares, axis}, name + "/squared_length");
}

ValueId root(Builder& builder, ValueId x, const std::string& raised, const std::string& name) {
  const ValueId least = builder.constant(raised + "/least", {1}, {kLeast});
  return builder.node(Sqrt{}, {builder.node(Add{}, {x, least}, raised)}, name);
}

ValueId squashed(Builder& builder, ValueId x, const std::string& name) {
  const ValueId square = squared_length(builder, x, true, name);
  const ValueId one = builder.constant(name + "/one", {1}, {1});
  const ValueId length = root(builder, square, name + "/raised", name + "/length");
  const ValueId above = builder.node(Add{}, {square, one}, name + "/above");
  return builder.node(Mul{}, {x, builder.node(Div{}, {length, above}, name + "/factor")}, name);
}

void check_capsules(const std::string& layer, const Shape& shape) {
  if (shape.rank() == 3) return;
  fail("layer '{}': reads {}, expected capsules [count, size]; a reshape layer makes them", layer, to_string(shape));
}

}  // namespace

void SquashLayer::keys(LayerKeys& k) { k.from(from); }

ValueId SquashLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  if (builder.shape(x).rank() < 2) fail("layer '{}': reads {}, expected vectors", name, to_string(builder.shape(x)));
  return squashed(builder, x, name);
}

void CapsulesLayer::keys(LayerKeys& k) {
  k.needed("units", units, "capsules needs it: how many capsules it makes");
  k.needed("size", size, "capsules needs it: elements of each capsule");
  k.key("routings", routings);
  k.from(from);
}

ValueId CapsulesLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_capsules(name, builder.shape(x));
  check_size(name, "units", units);
  check_size(name, "size", size);
  if (routings < 1 || routings > kMostRoutings) {
    fail("layer '{}': routings is {}; it must be from 1 to {}", name, routings, kMostRoutings);
  }
  const std::int64_t count = builder.shape(x)[1], before = builder.shape(x)[2];
  const auto named = [&](const std::string& what) { return name + "/" + what; };

  const ValueId matrices = builder.trained_constant(named("weights"), {units, count, size, before},
                                                    [](Random& random) { return kDeviation * random.normal(); });
  const ValueId each = reshaped(builder, x, {1, count, 1, before}, named("each"));
  const ValueId predicted = builder.node(BatchMatMul{.adj_y = true}, {each, matrices}, named("predicted"));
  const ValueId predictions = reshaped(builder, predicted, {units, count, size}, named("predictions"));
  const std::vector<float> equal(static_cast<std::size_t>(count), 1 / static_cast<float>(units));
  ValueId parts = builder.constant(named("equal"), {1, count}, equal), agreement = kNoValue, result = kNoValue;
  for (std::int64_t round = 1;; ++round) {
    const std::string of = named("round_" + std::to_string(round));
    const ValueId sum = builder.node(BatchMatMul{}, {parts, predictions}, of + "/sum");
    result = squashed(builder, sum, of);
    if (round == routings) break;
    const ValueId agreed = builder.node(BatchMatMul{.adj_y = true}, {result, predictions}, of + "/agreed");
    agreement = round == 1 ? agreed : builder.node(Add{}, {agreement, agreed}, of + "/agreement");
    const auto turned = [&](ValueId value, const std::string& what) {
      return builder.node(Transpose{}, {value, builder.indices(what + "/order", {3}, {0, 2, 1})}, what);
    };
    const ValueId rows = reshaped(builder, agreement, {units, count}, of + "/rows");
    const ValueId shares = builder.node(Softmax{}, {turned(rows, of + "/by_source")}, of + "/shares");
    parts = reshaped(builder, turned(shares, of + "/by_unit"), {units, 1, count}, of + "/parts");
  }
  return reshaped(builder, result, {units, size}, name);
}

void LengthLayer::keys(LayerKeys& k) { k.from(from); }

ValueId LengthLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_capsules(name, builder.shape(x));
  return root(builder, squared_length(builder, x, false, name), name + "/raised", name);
}

void LongestLayer::keys(LayerKeys& k) { k.from(from); }

ValueId LongestLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_capsules(name, builder.shape(x));
  const auto named = [&](const char* what) { return name + "/" + what; };
  const ValueId square = squared_length(builder, x, true, name);
  const ValueId most =
      builder.node(ReduceMax{.keep_dims = true}, {square, builder.indices(named("units"), {1}, {1})}, named("most"));
  const ValueId shorter = builder.node(Step{}, {builder.node(Sub{}, {most, square}, named("less"))}, named("shorter"));
  const ValueId kept = builder.node(Sub{}, {builder.constant(named("one"), {1}, {1}), shorter}, named("kept"));
  return builder.node(Mul{}, {x, kept}, name);
}

}  // namespace mirim
