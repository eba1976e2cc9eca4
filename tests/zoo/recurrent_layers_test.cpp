// The layers lstm, gru and rnn of a model's TOML.
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/zoo/layers/all.hpp"
#include "tests/zoo/run.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;
using Kind = RecurrentLayer::Kind;

constexpr Kind kKinds[] = {Kind::lstm, Kind::gru, Kind::rnn};

Graph network(const RecurrentLayer& layer, std::int64_t steps = 4, std::int64_t features = 3) {
  Builder builder("sequence", 3);
  builder.input({.shape = {steps, features}});
  builder.append(layer);
  return builder.build();
}

const Value& named(const Graph& graph, const std::string& name) {
  const auto found = std::ranges::find(graph.values, name, &Value::name);
  if (found == graph.values.end()) throw std::runtime_error("no value " + name);
  return *found;
}

const std::vector<float> kSequence{0.5F, -1, 2, 0, 1, -0.5F, 1.5F, 0.25F, -2, 1, 1, 0.125F};

// The steps from the last to the first.
std::vector<float> reversed(const std::vector<float>& x, std::size_t features) {
  std::vector<float> result;
  for (std::size_t t = x.size() / features; t-- > 0;) {
    result.insert(result.end(), x.begin() + static_cast<std::ptrdiff_t>(t * features),
                  x.begin() + static_cast<std::ptrdiff_t>((t + 1) * features));
  }
  return result;
}

TEST(RecurrentLayer, returns_the_last_output_all_or_their_mean) {
  for (const Kind kind : kKinds) {
    const Graph all = network({.kind = kind, .units = 5, .returns = "all"});
    EXPECT_EQ(verify(all), std::vector<std::string>{});
    EXPECT_EQ(all[all.outputs[0]].type.shape, (Shape{1, 4, 5}));
    const auto outputs = run(all, kSequence);
    const auto last = run(network({.kind = kind, .units = 5}), kSequence);
    EXPECT_EQ(last, std::vector<float>(outputs.end() - 5, outputs.end()));
    const auto mean = run(network({.kind = kind, .units = 5, .returns = "mean"}), kSequence);
    ASSERT_EQ(mean.size(), 5U);
    for (std::size_t u = 0; u < 5; ++u) {
      EXPECT_NEAR(mean[u], (outputs[u] + outputs[5 + u] + outputs[10 + u] + outputs[15 + u]) / 4, 1e-6F);
    }
  }
}

TEST(RecurrentLayer, bidirectional_reads_the_steps_in_both_orders) {
  for (const Kind kind : kKinds) {
    // Both directions with the weights of the first.
    Graph both = network({.kind = kind, .units = 2, .returns = "all", .bidirectional = true});
    for (Value& value : both.values) {
      const auto at = value.name.find("/backward/");
      if (at == std::string::npos || !value.is_constant() || value.type.dtype != DType::float32) continue;
      value.constant = named(both, std::string(value.name).replace(at, 10, "/forward/")).constant;
    }
    EXPECT_EQ(verify(both), std::vector<std::string>{});
    const auto found = run(both, kSequence), turned = run(both, reversed(kSequence, 3));
    ASSERT_EQ(found.size(), 16U);
    for (std::size_t t = 0; t < 4; ++t) {
      for (std::size_t u = 0; u < 2; ++u) {
        EXPECT_FLOAT_EQ(found[t * 4 + 2 + u], turned[(3 - t) * 4 + u]);
        EXPECT_FLOAT_EQ(found[t * 4 + u], turned[(3 - t) * 4 + 2 + u]);
      }
    }
    const Graph last = network({.kind = kind, .units = 2, .bidirectional = true});
    EXPECT_EQ(last[last.outputs[0]].type.shape, (Shape{1, 4}));
    const Graph mean = network({.kind = kind, .units = 2, .returns = "mean", .bidirectional = true});
    EXPECT_EQ(mean[mean.outputs[0]].type.shape, (Shape{1, 4}));
  }
}

// Keras 3: glorot_uniform of the kernel [features, gates * units], orthogonal of the recurrent one [units, gates *
// units], zeros for the bias but ones for the forget gate.
TEST(RecurrentLayer, weights_start_as_in_keras) {
  constexpr std::int64_t kUnits = 16, kFeatures = 40;
  const std::vector<std::pair<Kind, std::vector<std::string>>> kinds{
      {Kind::lstm, {"/input", "/forget", "/cell", "/output"}},
      {Kind::gru, {"/update", "/reset", "/candidate"}},
      {Kind::rnn, {""}}};
  for (const auto& [kind, gates] : kinds) {
    const RecurrentLayer layer{.kind = kind, .units = kUnits, .name = "layer"};
    const Graph graph = network(layer, 4, kFeatures);
    const auto count = static_cast<double>(gates.size());
    const double limit = std::sqrt(6 / (kFeatures + count * kUnits));
    double squares = 0, largest = 0, rows[kUnits][kUnits] = {};
    for (const std::string& gate : gates) {
      for (const float v : named(graph, "layer" + gate + "/weights").values<float>()) {
        squares += static_cast<double>(v) * v;
        largest = std::max(largest, std::fabs(static_cast<double>(v)));
      }
      const auto recurrent = named(graph, "layer" + gate + "/recurrent/weights").values<float>();
      for (std::size_t a = 0; a < kUnits; ++a) {
        for (std::size_t b = 0; b < kUnits; ++b) {
          for (std::size_t u = 0; u < kUnits; ++u) {
            rows[a][b] += static_cast<double>(recurrent[u * kUnits + a]) * recurrent[u * kUnits + b];
          }
        }
      }
      const float bias = gate == "/forget" ? 1 : 0;
      for (const float v : named(graph, "layer" + gate + "/bias").values<float>()) EXPECT_EQ(v, bias);
    }
    EXPECT_LE(largest, limit);
    EXPECT_NEAR(squares / (count * kUnits * kFeatures), limit * limit / 3, 0.1 * limit * limit / 3);
    for (std::size_t a = 0; a < kUnits; ++a) {
      for (std::size_t b = 0; b < kUnits; ++b) EXPECT_NEAR(rows[a][b], a == b, 1e-5) << a << " " << b;
    }
  }
}

TEST(RecurrentLayer, has_the_weights_that_its_formula_has) {
  const auto weights = [](const RecurrentLayer& layer) {
    std::int64_t count = 0;
    const Graph graph = network(layer, 48, 4);
    for (const Value& value : graph.values) {
      if (value.is_constant() && value.type.dtype == DType::float32) count += value.type.shape.elements();
    }
    return count;
  };
  EXPECT_EQ(weights({.kind = Kind::gru, .units = 24}), 3 * 24 * (4 + 24 + 1) + 24);
  EXPECT_EQ(weights({.kind = Kind::gru, .units = 24, .reset_after = false}), 3 * 24 * (4 + 24 + 1));
  EXPECT_EQ(weights({.kind = Kind::lstm, .units = 20}), 4 * 20 * (4 + 20 + 1));
  EXPECT_EQ(weights({.kind = Kind::rnn, .units = 32}), 32 * (4 + 32 + 1));
}

TEST(RecurrentLayer, says_what_is_wrong) {
  const auto refused = [](const RecurrentLayer& layer, const char* why) {
    EXPECT_THAT([&] { network(layer); }, ThrowsMessage<Error>(HasSubstr(why)));
  };
  refused({.units = 0}, "units is 0");
  refused({.units = 4, .returns = "lst"}, "return 'lst' is unknown; did you mean 'last'?");
  refused({.kind = Kind::rnn, .units = 4, .activation = "tahn"},
          "activation 'tahn' is none of rnn; did you mean 'tanh'?");
  refused({.units = 30000}, "elements; at most");
  Builder builder("image");
  builder.input({.shape = {4, 4, 1}});
  EXPECT_THAT([&] { builder.append(RecurrentLayer{.units = 2, .name = "reader"}); },
              ThrowsMessage<Error>(HasSubstr(
                  "layer 'reader': reads 4x4x1, expected a sequence of [steps, features]; a reshape layer makes one")));
}

TEST(RecurrentLayer, can_be_counted_without_weights) {
  for (const Kind kind : kKinds) {
    Builder builder("large", 1, WeightContent::hollow);
    builder.input({.shape = {10, 8000}});
    builder.append(RecurrentLayer{.kind = kind, .units = 16000, .bidirectional = true});
    const Graph graph = builder.build();
    EXPECT_EQ(graph[graph.outputs[0]].type.shape, (Shape{1, 32000}));
  }
}

TEST(GlobalAveragePool, of_a_sequence_is_the_mean_over_its_steps) {
  Builder builder("mean");
  builder.input({.shape = {4, 3}});
  builder.append(GlobalAveragePoolLayer{});
  EXPECT_EQ(run(builder.build(), kSequence), (std::vector<float>{0.75F, 0.3125F, -0.09375F}));
}

}  // namespace
}  // namespace mirim
