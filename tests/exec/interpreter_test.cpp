#include "mirim/exec/interpreter.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/exec/arena.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/densify.hpp"
#include "mirim/ops/dequantize.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "tests/exec/networks.hpp"
#include "tests/graph/test_operators.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

Graph two_relus() {
  Graph graph;
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {1, 3}}})};
  const ValueId first = graph.add(Relu{}, {graph.inputs[0]}, "first");
  graph.outputs = {graph.add(Relu{}, {first}, "second")};
  return graph;
}

TEST(Interpreter, runs_the_nodes_in_order_and_keeps_every_value) {
  Interpreter interpreter(two_relus());
  interpreter.set_input(0, bytes_of(std::vector<float>{-1, 0, 2}));
  interpreter.run();
  EXPECT_THAT(interpreter.output(0).as<float>(), ElementsAre(0, 0, 2));
  EXPECT_THAT(interpreter.value(1).as<float>(), ElementsAre(0, 0, 2));
  EXPECT_THAT(interpreter.value(0).as<float>(), ElementsAre(-1, 0, 2));
}

// Loops over the other dimensions, 10^10 of them, would not end.
TEST(Interpreter, results_without_elements_are_made_at_once) {
  const Shape huge{100'000, 100'000, 1, 0};
  Graph graph;
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, huge}})};
  const ValueId pooled = graph.add(MaxPool2d{.padding = Padding::same, .filter = {2, 2}}, graph.inputs, "pooled");
  graph.outputs = {graph.add(Add{}, {pooled, pooled}, "sum")};
  for (const Sums sums : {Sums::fastest, Sums::in_order}) {
    Interpreter interpreter(graph, sums);
    interpreter.run();
    EXPECT_EQ(interpreter.output(0).shape(), huge);
    EXPECT_TRUE(interpreter.output(0).bytes.empty());
  }
}

TEST(Interpreter, weights_behind_a_dequantize_are_made_floats_once) {
  Graph graph;
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {1, 2}}})};
  const ValueId stored = graph.add(Value{.name = "w",
                                         .type = {DType::int8, {2, 2}},
                                         .quantization = {{0.5F, 10}, {0, 0}, 0},
                                         .constant = make_constant(std::vector<std::int8_t>{1, 2, 3, 4})});
  const ValueId weights = graph.add(Dequantize{}, {stored}, "floats");
  graph.outputs = {graph.add(FullyConnected{}, {graph.inputs[0], weights}, "y")};
  Interpreter interpreter(graph);
  EXPECT_TRUE(interpreter.graph()[weights].is_constant());
  interpreter.set_input(0, bytes_of(std::vector<float>{1, 1}));
  interpreter.run();
  EXPECT_THAT(interpreter.output(0).as<float>(), ElementsAre(1.5F, 70));  // (1 + 2) / 2 and 10 * (3 + 4)
}

TEST(Interpreter, weights_behind_densify_are_constants) {
  Graph graph;
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {1, 2}}})};
  const ValueId stored = graph.add(
      Value{.name = "w", .type = {DType::float32, {1, 2}}, .constant = make_constant(std::vector<float>{0, 3})});
  const ValueId weights = graph.add(Densify{}, {stored}, "dense");
  graph.outputs = {graph.add(FullyConnected{}, {graph.inputs[0], weights}, "y")};
  Interpreter interpreter(graph);
  EXPECT_TRUE(interpreter.graph()[weights].is_constant());
  interpreter.set_input(0, bytes_of(std::vector<float>{5, 7}));
  interpreter.run();
  EXPECT_THAT(interpreter.output(0).as<float>(), ElementsAre(21));
}

TEST(Interpreter, can_stop_after_some_nodes) {
  Interpreter interpreter(two_relus());
  interpreter.set_input(0, bytes_of(std::vector<float>{-1, 1, 2}));
  interpreter.run(1);
  EXPECT_THAT(interpreter.value(1).as<float>(), ElementsAre(0, 1, 2));
  EXPECT_THAT(interpreter.output(0).as<float>(), ElementsAre(0, 0, 0));
}

/// The operators' own loops on every node, for comparison.
std::vector<std::vector<float>> run_plainly(const Graph& graph, const std::vector<float>& input) {
  std::vector<Tensor> tensors;
  for (const Value& value : graph.values) {
    tensors.emplace_back(value.type);
    if (value.is_constant()) tensors.back().bytes = *value.constant;
  }
  std::ranges::copy(input, tensors[static_cast<std::size_t>(graph.inputs[0])].as<float>().begin());
  for (const Node& node : graph.nodes) {
    std::vector<ConstTensorView> x;
    std::vector<TensorView> y;
    for (const ValueId id : node.inputs) x.push_back(std::as_const(tensors[static_cast<std::size_t>(id)]).view());
    for (const ValueId id : node.outputs) y.push_back(tensors[static_cast<std::size_t>(id)].view());
    node.op.forward(Inputs(x), Outputs(y));
  }
  std::vector<std::vector<float>> results;
  for (const Tensor& tensor : tensors) {
    results.emplace_back();
    if (tensor.type.dtype == DType::float32)
      results.back().assign(tensor.as<float>().begin(), tensor.as<float>().end());
  }
  return results;
}

/// 4x5 to 7x9 by VALID windows with gaps of bias between them, then to 14x18.
Graph decoder() {
  Graph graph = parse_graph(R"(graph "" (%x: float32[1x4x5x3]) -> (%y) {
    %s: int32[4] = [1, 7, 9, 6]
    %w: float32[6x1x1x3] = [0.5, -1, 2, 1, 0.25, -0.5, 1, 1, -2, 0.125, 3, -1, 0.5, 0.5, 1, -1, 2, 1]
    %b: float32[6] = [1, 2, -1, 0.5, 0, 3]
    %t: float32[1x7x9x6] = TRANSPOSE_CONV(%s, %w, %x, %b) {padding=VALID, stride_h=2, stride_w=2, fused_activation_function=RELU}
    %s2: int32[4] = [1, 14, 18, 1]
    %w2: float32[1x2x2x6] = [1, 2, 3, 4, 5, 6, -1, 1, -1, 1, -1, 1, 0.5, 0.25, 0.125, 2, 4, 8, -2, 0.5, 1, 0.1, 0.2, 0.3]
    %y: float32[1x14x18x1] = TRANSPOSE_CONV(%s2, %w2, %t) {stride_h=2, stride_w=2}
  })",
                            all_operators());
  return graph;
}

TEST(Interpreter, fast_float_ways_give_what_the_plain_loops_give) {
  for (const Graph& one :
       {networks::mlp(20, 16), networks::lenet5(), networks::ds_cnn(13, 9, 11), networks::resnet8(8, 8), decoder()}) {
    for (const std::int64_t batch : {1, 3}) {
      const Graph graph = rebatch(one, batch);
      Random random(4);
      std::vector<float> input(static_cast<std::size_t>(graph[graph.inputs[0]].type.shape.elements()));
      for (float& v : input) v = random.normal();
      Interpreter interpreter(graph);
      interpreter.set_input(0, bytes_of(input));
      interpreter.run();
      const auto expected = run_plainly(graph, input);
      for (std::size_t id = 0; id < graph.values.size(); ++id) {
        const auto value = interpreter.value(static_cast<ValueId>(id));
        if (value.dtype() != DType::float32) continue;
        EXPECT_THAT(value.as<float>(), Pointwise(FloatNear(2e-5F), expected[id])) << graph.values[id].name;
      }
    }
  }
}

Graph sum_of_runs(std::vector<float> first) {
  Graph graph;
  graph.inputs = {graph.add(Value{.name = "x", .type = {DType::float32, {2}}})};
  const ValueId state = graph.add(Value{.name = "state", .type = {DType::float32, {2}}, .variable = true});
  if (!first.empty()) graph[state].constant = make_constant(first);
  graph.outputs = {graph.add(test::Accumulate{}, {graph.inputs[0], state}, "sum")};
  return graph;
}

TEST(Interpreter, keeps_state_from_run_to_run_until_it_is_reset) {
  for (const std::vector<float>& first : {std::vector<float>{}, std::vector<float>{10, 20}}) {
    Interpreter interpreter(sum_of_runs(first));
    const float a = first.empty() ? 0 : 10, b = first.empty() ? 0 : 20;
    for (int time = 0; time < 2; ++time) {
      interpreter.set_input(0, bytes_of(std::vector<float>{1, 2}));
      interpreter.run();
      EXPECT_THAT(interpreter.output(0).as<float>(), ElementsAre(a + 1, b + 2));
      interpreter.run();
      EXPECT_THAT(interpreter.output(0).as<float>(), ElementsAre(a + 2, b + 4));
      EXPECT_THAT(interpreter.value(1).as<float>(), ElementsAre(a + 2, b + 4));
      interpreter.reset();
    }
  }
}

TEST(Rebatch, refuses_a_graph_that_keeps_state) {
  EXPECT_THAT([] { rebatch(sum_of_runs({}), 3); },
              ThrowsMessage<Error>("keeps 'state' from sample to sample, so it cannot run 3 samples at a time"));
}

TEST(Interpreter, survives_being_moved) {
  Interpreter interpreter(two_relus());
  Interpreter moved = std::move(interpreter);
  moved.set_input(0, bytes_of(std::vector<float>{5, -6, 7}));
  moved.run();
  EXPECT_THAT(moved.output(0).as<float>(), ElementsAre(5, 0, 7));
}

TEST(Interpreter, names_the_node_whose_declared_type_is_wrong) {
  Graph graph = two_relus();
  graph[graph.outputs[0]].type.shape = {1, 4};
  EXPECT_THAT([&] { Interpreter interpreter(graph); },
              ThrowsMessage<Error>("node 1 'second' (RELU): output 0 is declared float32 1x4 but its operator gives "
                                   "float32 1x3"));
}

TEST(Interpreter, refuses_an_input_of_another_size) {
  Interpreter interpreter(two_relus());
  EXPECT_THAT(
      [&] {
        interpreter.set_input(0, bytes_of(std::vector<float>{1, 2}));
      },
      ThrowsMessage<Error>("input 0 'x' takes 12 bytes (float32 1x3), got 8"));
}

TEST(Rebatch, changes_the_first_dimension_everywhere) {
  const Graph graph = rebatch(two_relus(), 5);
  for (const Value& value : graph.values) EXPECT_EQ(value.type.shape, (Shape{5, 3}));
}

TEST(Rebatch, refuses_an_empty_batch) {
  EXPECT_THAT([] { rebatch(two_relus(), 0); }, ThrowsMessage<Error>(HasSubstr("at least 1 sample")));
}

TEST(ForEachSample, gives_every_sample_to_one_thread) {
  std::vector<float> results(7, -1);
  for_each_sample(two_relus(), 7, 3, [&](Interpreter& interpreter, std::int64_t sample) {
    interpreter.set_input(0, bytes_of(std::vector<float>{static_cast<float>(sample), 0, 0}));
    interpreter.run();
    results[static_cast<std::size_t>(sample)] = interpreter.output(0).as<float>()[0];
  });
  EXPECT_THAT(results, ElementsAre(0, 1, 2, 3, 4, 5, 6));
}

TEST(ForEachSample, throws_what_a_thread_threw) {
  const auto run = [] {
    for_each_sample(two_relus(), 4, 2, [](Interpreter&, std::int64_t sample) {
      if (sample == 3) fail("sample 3 is bad");
    });
  };
  EXPECT_THAT(run, ThrowsMessage<Error>("sample 3 is bad"));
}

TEST(Arena, lets_buffers_share_bytes_only_when_their_lives_do_not_meet) {
  Arena arena;
  const auto a = arena.add(100, 0, 1);
  const auto b = arena.add(100, 1, 2);
  const auto c = arena.add(100, 2, 3);
  arena.place();
  EXPECT_EQ(arena.at(a), arena.at(c));
  EXPECT_NE(arena.at(a), arena.at(b));
  EXPECT_EQ(arena.bytes(), 256);  // two buffers of 128 after rounding to cache lines
}

}  // namespace
}  // namespace mirim
