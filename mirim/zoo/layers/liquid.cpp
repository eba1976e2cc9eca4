#include "mirim/zoo/layers/liquid.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/compare.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/zoo/builder.hpp"
#include "mirim/zoo/layers/reshape.hpp"

namespace mirim {
namespace {

/// By step, 1 at its segment.
std::vector<float> memberships(std::int64_t steps, std::int64_t segments) {
  std::vector<float> result(static_cast<std::size_t>(steps * segments), 0.0F);
  for (std::int64_t t = 0; t < steps; ++t) {
    result[static_cast<std::size_t>(t * segments + t * segments / steps)] = 1;
  }
  return result;
}

}  // namespace

void LiquidLayer::keys(LayerKeys& k) {
  k.needed("units", units, "liquid needs it: how many units spike");
  k.key("segments", segments);
  k.key("leak", leak);
  k.key("threshold", threshold);
  k.key("input_scale", input_scale);
  k.key("recurrence", recurrence);
  k.key("density", density);
  k.key("inhibitory", inhibitory);
  k.from(from);
}

ValueId LiquidLayer::append(Builder& builder) const {
  const ValueId x = builder.source(from, name);
  check_sequence(name, builder.shape(x));
  check_size(name, "units", units);
  const std::int64_t steps = builder.shape(x)[1], features = builder.shape(x)[2];
  if (segments < 1 || segments > steps) {
    fail("layer '{}': segments is {}; it must be from 1 to {} steps", name, segments, steps);
  }
  const auto check = [&](std::string_view key, float value, bool good, std::string_view allowed) {
    if (!good) fail("layer '{}': {} is {}; it must be {}", name, key, value, allowed);
  };
  check("leak", leak, leak >= 0 && leak < 1, "from 0 to below 1");
  check("threshold", threshold, threshold > 0, "above 0");
  check("input_scale", input_scale, input_scale > 0, "above 0");
  check("recurrence", recurrence, recurrence >= 0, "0 or more");
  check("density", density, density > 0 && density <= 1, "above 0 and at most 1");
  check("inhibitory", inhibitory, inhibitory >= 0 && inhibitory <= 1, "from 0 to 1");

  const auto named = [&](const char* what) { return name + "/" + what; };
  const auto node = [&](Op op, std::vector<ValueId> inputs, const char* what) {
    return builder.node(std::move(op), std::move(inputs), named(what));
  };
  const auto assign = [&](ValueId variable, ValueId value, const char* what) {
    builder.run(AssignVariable{}, {variable, value}, named(what));
  };
  const ValueId input_weights = builder.random_constant(named("input_weights"), {units, features},
                                                        input_scale / std::sqrt(static_cast<float>(features)));
  const auto stops = static_cast<std::int64_t>(std::lround(inhibitory * static_cast<float>(units)));
  const float strength = recurrence / std::sqrt(density * static_cast<float>(units));
  std::int64_t place = 0;
  const ValueId weights = builder.drawn_constant(named("weights"), {units, units}, [&](Random& random) {
    const std::int64_t to = place / units, of = place % units;
    ++place;
    const bool joined = random.uniform() < density;
    const float size = strength * std::fabs(random.normal());
    return !joined || to == of ? 0.0F : of < stops ? -size : size;
  });

  const ValueId drive = node(FullyConnected{.keep_num_dims = true}, {x, input_weights}, "drive");
  const ValueId rest = builder.constant(named("rest"), {1, units}, std::vector<float>(static_cast<std::size_t>(units)));
  const ValueId none = builder.constant(named("none"), {1, segments, units},
                                        std::vector<float>(static_cast<std::size_t>(segments * units)));
  const ValueId segment = builder.constant(named("segment"), {steps, segments, 1}, memberships(steps, segments));
  const ValueId factor = builder.constant(named("leak"), {1}, {leak});
  const ValueId height = builder.constant(named("threshold"), {1}, {threshold});
  const ValueId zero = builder.indices(named("zero"), {}, {0}), one = builder.indices(named("one"), {}, {1}),
                all = builder.indices(named("steps"), {}, {static_cast<std::int32_t>(steps)});

  const ValueId potential = builder.variable(named("potential"), {1, units});
  const ValueId spikes = builder.variable(named("spikes"), {1, units});
  const ValueId counts = builder.variable(named("counts"), {1, segments, units});
  const ValueId step = builder.counter(named("step"));
  assign(potential, rest, "first_potential");
  assign(spikes, rest, "first_spikes");
  assign(counts, none, "first_counts");
  assign(step, zero, "first_step");
  builder.run(Loop{}, {}, named("loop"));
  builder.run(LoopWhile{}, {node(Less{}, {step, all}, "more")}, named("while"));
  const ValueId echo = node(FullyConnected{}, {spikes, weights}, "echo");
  const ValueId kept = node(Mul{}, {potential, factor}, "kept");
  const ValueId driven = node(Add{}, {kept, node(Gather{.axis = 1}, {drive, step}, "now")}, "driven");
  const ValueId sum = node(Add{}, {driven, echo}, "sum");
  const ValueId spiking = node(Step{}, {node(Sub{}, {sum, height}, "above")}, "spiking");
  const ValueId gone = node(Mul{}, {sum, spiking}, "gone");
  assign(potential, node(Sub{}, {sum, gone}, "left"), "next_potential");
  assign(spikes, spiking, "next_spikes");
  const ValueId row = node(Gather{}, {segment, step}, "row");
  const ValueId each = node(Mul{}, {reshaped(builder, spiking, {1, units}, named("each")), row}, "counted");
  assign(counts, node(Add{}, {counts, each}, "more_counts"), "next_counts");
  assign(step, node(Add{}, {step, one}, "next"), "next_step");
  builder.run(LoopEnd{}, {}, named("loop_end"));
  return builder.node(Sqrt{}, {flattened(builder, counts, named("flat"))}, name);
}

}  // namespace mirim
