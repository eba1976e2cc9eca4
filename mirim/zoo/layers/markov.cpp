#include "mirim/zoo/layers/markov.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/cast.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostStates = 32'767;  // their numbers are int16

}  // namespace

void MarkovLayer::keys(LayerKeys& k) {
  k.needed("symbols", symbols, "markov needs it: how many different symbols there are");
  k.needed("states", states, "markov needs it: how many contexts it keeps, the most frequent ones");
  k.from(from);
}

ValueId MarkovLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  if (symbols < 2 || symbols > 1000) fail("layer '{}': symbols is {}; it must be from 2 to 1000", name, symbols);
  if (states < 1 || states > kMostStates) {
    fail("layer '{}': states is {}; it must be from 1 to {}", name, states, kMostStates);
  }
  if (builder.type(x).dtype != DType::int32 || builder.shape(x).rank() != 2) {
    fail("layer '{}': reads symbols; write [input] shape = [order] and dtype = \"int32\"", name);
  }
  const auto number = [&](const std::string& what, std::int64_t value) {
    return builder.indices(name + "/" + what, {}, {static_cast<std::int32_t>(value)});
  };
  const ValueId next = builder.small_indices(name + "/next", {states * symbols});
  const ValueId chances = builder.random_constant(name + "/chances", {states, symbols}, 1);
  const ValueId stride = number("symbols", symbols);
  ValueId state = builder.indices(name + "/begin", {1}, {0});
  for (std::int64_t i = 0; i < builder.shape(x)[1]; ++i) {
    const std::string step = fmt::format("{}/step_{}", name, i);
    const ValueId symbol =
        builder.node(Gather{.axis = 1}, {x, number(fmt::format("step_{}/at", i), i)}, step + "/symbol");
    const ValueId row = builder.node(Mul{}, {state, stride}, step + "/row");
    const ValueId place = builder.node(Add{}, {row, symbol}, step + "/place");
    const ValueId narrow = builder.node(Gather{}, {next, place}, step + "/narrow");
    state = builder.node(Cast{.to = DType::int32, .in_data_type = DType::int16, .out_data_type = DType::int32},
                         {narrow}, step + "/state");
  }
  return builder.node(Gather{}, {chances, state}, name);
}

}  // namespace mirim
