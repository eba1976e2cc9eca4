#include "mirim/zoo/layers/hopfield.hpp"

#include "mirim/base/error.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/compare.hpp"
#include "mirim/ops/dynamic_update_slice.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {

void HopfieldLayer::keys(LayerKeys& k) {
  k.needed("units", units, "hopfield needs it: as many as the input has elements");
  k.key("blocks", blocks);
  k.key("sweeps", sweeps);
  k.from(from);
}

ValueId HopfieldLayer::append(Builder& builder) const {
  const ValueId x = flat_source(builder, from, name);
  check_size(name, "units", units);
  if (builder.shape(x).back() != units) {
    fail("layer '{}': {} units for an input of {} elements; they must be as many", name, units,
         builder.shape(x).back());
  }
  if (blocks < 2 || blocks > units)
    fail("layer '{}': blocks is {}; it must be from 2 to {} units", name, blocks, units);
  if (sweeps < 1 || sweeps > 1000) fail("layer '{}': sweeps is {}; it must be from 1 to 1000", name, sweeps);

  // Inside, the units of a block stand together.
  std::vector<std::int32_t> inside, outside(static_cast<std::size_t>(units));
  std::vector<std::int32_t> begin;
  for (std::int64_t block = 0; block < blocks; ++block) {
    begin.push_back(static_cast<std::int32_t>(inside.size()));
    for (std::int64_t unit = block; unit < units; unit += blocks) {
      outside[static_cast<std::size_t>(unit)] = static_cast<std::int32_t>(inside.size());
      inside.push_back(static_cast<std::int32_t>(unit));
    }
  }
  begin.push_back(static_cast<std::int32_t>(units));

  const auto number = [&](const std::string& what, std::int64_t value) {
    return builder.indices(name + "/" + what, {}, {static_cast<std::int32_t>(value)});
  };
  const auto assign = [&](ValueId variable, ValueId value, const std::string& what) {
    builder.run(AssignVariable{}, {variable, value}, name + "/" + what);
  };
  const ValueId zero = number("zero", 0), one = number("one", 1), all = number("sweeps", sweeps);
  const ValueId state = builder.variable(name + "/state", {1, units});
  const ValueId sweep = builder.counter(name + "/sweep");
  assign(state,
         builder.node(Gather{.axis = 1}, {x, builder.indices(name + "/inside", {units}, inside)}, name + "/begin"),
         "first");
  assign(sweep, zero, "first_sweep");
  builder.run(Loop{}, {}, name + "/loop");
  builder.run(LoopWhile{}, {builder.node(Less{}, {sweep, all}, name + "/more")}, name + "/while");
  for (std::size_t block = 0; block + 1 < begin.size(); ++block) {
    const std::string part = fmt::format("{}/block_{}", name, block);
    const ValueId couplings = builder.random_constant(part + "/couplings", {begin[block + 1] - begin[block], units}, 1);
    const ValueId next =
        builder.node(FullyConnected{.activation = Activation::relu_n1_to_1}, {state, couplings}, part + "/sign");
    const ValueId at = builder.indices(part + "/at", {2}, {0, begin[block]});
    assign(state, builder.node(DynamicUpdateSlice{}, {state, next, at}, part + "/with"),
           fmt::format("block_{}/after", block));
  }
  assign(sweep, builder.node(Add{}, {sweep, one}, name + "/next_sweep"), "count");
  builder.run(LoopEnd{}, {}, name + "/loop_end");
  return builder.node(Gather{.axis = 1}, {state, builder.indices(name + "/outside", {units}, outside)}, name);
}

}  // namespace mirim
