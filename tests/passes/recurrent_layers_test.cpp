// GRU and the loop that it is in a file (expand_gru, recognise_gru), and that of simple units for integers
// (expand_rnn).
#include <gmock/gmock.h>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"
#include "mirim/passes/expand_recurrent.hpp"
#include "mirim/passes/recognise_recurrent.hpp"
#include "tests/count_nodes.hpp"

namespace mirim {
namespace {

using testing::FloatNear;
using testing::IsEmpty;
using testing::Pointwise;

struct Kind {
  Gru op;
  std::int64_t batches;
  bool has_bias;
  bool keeps_state;
};

// A layer of 3 units over 4 steps of 2 numbers.
Graph layer(const Kind& kind, std::uint64_t seed) {
  Random random(seed);
  Graph graph;
  const auto constant = [&](const Shape& shape) {
    std::vector<float> values(static_cast<std::size_t>(shape.elements()));
    for (float& value : values) value = 2 * random.uniform() - 1;
    return graph.add(Value{.name = "c" + std::to_string(graph.values.size()),
                           .type = {DType::float32, shape},
                           .constant = make_constant(values)});
  };
  const Shape x = kind.op.time_major ? Shape{4, kind.batches, 2} : Shape{kind.batches, 4, 2};
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, x}})};
  std::vector<ValueId> inputs = graph.inputs;
  for (int g = 0; g < gru::kGates; ++g) inputs.push_back(constant({3, 2}));
  for (int g = 0; g < gru::kGates; ++g) inputs.push_back(constant({3, 3}));
  for (int g = 0; g < gru::kGates; ++g) inputs.push_back(constant({3}));
  if (kind.has_bias) inputs.push_back(constant({3}));
  if (kind.keeps_state) {
    inputs.resize(gru::kState, kNoValue);
    inputs.push_back(graph.add(Value{.name = "h", .type = {DType::float32, {kind.batches, 3}}, .variable = true}));
  }
  graph.outputs = {graph.add(kind.op, inputs, "gru")};
  return graph;
}

std::vector<float> two_runs(const Graph& graph) {
  Interpreter interpreter(graph);
  Random random(9);
  std::vector<float> all;
  for (int run = 0; run < 2; ++run) {
    for (float& x : interpreter.input(0).as<float>()) x = 2 * random.uniform() - 1;
    interpreter.run();
    const auto y = interpreter.output(0).as<float>();
    all.insert(all.end(), y.begin(), y.end());
  }
  return all;
}

TEST(ExpandGru, gives_a_loop_with_the_same_answers_that_is_recognised) {
  for (int i = 0; i < 32; ++i) {
    const auto is = [&](int bit) { return (i >> bit & 1) != 0; };
    const Kind kind{.op = {.reset_after = is(0), .time_major = is(1), .last_only = is(2)},
                    .batches = is(3) ? 2 : 1,
                    .has_bias = is(0) && i % 3 > 0,
                    .keeps_state = is(4)};
    SCOPED_TRACE(i);
    Graph graph = layer(kind, static_cast<std::uint64_t>(i));
    const auto expected = two_runs(graph);
    expand_gru(graph);
    EXPECT_THAT(verify(graph), IsEmpty());
    EXPECT_EQ(test::count_nodes(graph, "GRU"), 0);
    EXPECT_EQ(test::count_nodes(graph, "LOOP"), 1);
    EXPECT_THAT(two_runs(graph), Pointwise(FloatNear(1e-6F), expected));
    if (kind.keeps_state) continue;  // the loop's state is not set before it: no layer that begins with zeros
    recognise_gru(graph);
    EXPECT_THAT(verify(graph), IsEmpty());
    EXPECT_EQ(test::count_nodes(graph, "GRU"), 1);
    EXPECT_EQ(test::count_nodes(graph, "LOOP"), 0);
    EXPECT_EQ(test::count_nodes(graph, "TRANSPOSE"), 0);
    EXPECT_THAT(two_runs(graph), Pointwise(FloatNear(1e-6F), expected));
  }
}

TEST(ExpandRnn, gives_a_loop_with_the_same_answers_whose_state_is_kept) {
  for (const Activation activation : {Activation::tanh, Activation::none, Activation::relu6}) {
    for (const bool time_major : {false, true}) {
      SCOPED_TRACE(time_major);
      // The operands of a GRU's first gate are those of simple units.
      const Graph gates =
          layer({.op = {.time_major = time_major}, .batches = 2, .has_bias = false, .keeps_state = true}, 3);
      Graph graph = gates;
      const std::vector<ValueId>& of = gates.nodes[0].inputs;
      graph.nodes.clear();
      graph.outputs = {
          graph.add(UnidirectionalSequenceRnn{.time_major = time_major, .activation = activation},
                    {of[gru::kInput], of[gru::kWeights], of[gru::kRecurrent], of[gru::kBias], of[gru::kState]}, "rnn")};
      const auto expected = two_runs(graph);
      expand_rnn(graph);
      EXPECT_THAT(verify(graph), IsEmpty());
      EXPECT_EQ(test::count_nodes(graph, "UNIDIRECTIONAL_SEQUENCE_RNN"), 0);
      EXPECT_EQ(test::count_nodes(graph, "LOOP"), 1);
      EXPECT_THAT(two_runs(graph), Pointwise(FloatNear(1e-6F), expected));
    }
  }
}

}  // namespace
}  // namespace mirim
