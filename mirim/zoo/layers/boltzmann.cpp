#include "mirim/zoo/layers/boltzmann.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/slice.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {

void BoltzmannLayer::keys(LayerKeys& k) {
  k.needed("units", units, "boltzmann needs it: how many results it makes");
  k.needed("hidden", hidden, "boltzmann needs it: how many units stand between input and results");
  k.key("sweeps", sweeps);
  k.from(from);
}

ValueId BoltzmannLayer::append(Builder& builder) const {
  constexpr std::int64_t kMostSweeps = 100;
  const ValueId x = flat_source(builder, from, name);
  check_size(name, "units", units);
  check_size(name, "hidden", hidden);
  if (sweeps < 1 || sweeps > kMostSweeps) {
    fail("layer '{}': sweeps is {}; it must be from 1 to {}", name, sweeps, kMostSweeps);
  }
  const std::int64_t features = builder.shape(x).back(), free = hidden + units;
  const ValueId from_input = builder.random_constant(name + "/from_input", {free, features}, 0.01F);
  const ValueId couplings = builder.random_constant(name + "/couplings", {free, free}, 0.01F);
  const ValueId biases = builder.random_constant(name + "/biases", {free}, 0);
  const ValueId half = builder.constant(name + "/half", {1}, {0.5F});

  const ValueId drive = builder.node(FullyConnected{}, {x, from_input, biases}, name + "/drive");
  ValueId state = builder.node(Logistic{}, {drive}, name + "/state_0"), sum = drive;
  for (std::int64_t sweep = 1; sweep <= sweeps; ++sweep) {
    const auto named = [&](const char* what) { return name + "/" + what + "_" + std::to_string(sweep); };
    const ValueId echo = builder.node(FullyConnected{}, {state, couplings}, named("echo"));
    sum = builder.node(Add{}, {drive, echo}, named("sum"));
    if (sweep == sweeps) break;
    const ValueId both = builder.node(Add{}, {state, builder.node(Logistic{}, {sum}, named("mean"))}, named("both"));
    state = builder.node(Mul{}, {both, half}, named("state"));
  }
  const auto start = static_cast<std::int32_t>(hidden), count = static_cast<std::int32_t>(units);
  return builder.node(
      Slice{},
      {sum, builder.indices(name + "/begin", {2}, {0, start}), builder.indices(name + "/size", {2}, {-1, count})},
      name);
}

}  // namespace mirim
