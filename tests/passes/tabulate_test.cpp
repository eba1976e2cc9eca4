#include "mirim/passes/tabulate.hpp"

#include <gmock/gmock.h>

#include "mirim/passes/expand_activations.hpp"
#include "mirim/passes/quantize.hpp"
#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

class Tabulate : public testing::TestWithParam<const char*> {};

TEST_P(Tabulate, an_activation_of_several_operators_becomes_one_table) {
  Graph graph = graph_of(
      "graph \"g\" (%x: float32[1x300]) -> (%y) {\n %y: float32[1x300] = " + std::string(GetParam()) + "(%x)\n}");
  std::vector<Range> ranges(graph.values.size());
  ranges[0] = {-5, 4};
  ranges[1] = {-2, 4};
  quantize(graph, ranges);
  EXPECT_GE(graph.nodes.size(), 2U);
  const Graph before = graph;
  tabulate(graph);
  EXPECT_EQ(operators_of(graph), "LOOKUP_TABLE");
  expect_equivalent(before, graph);
}

INSTANTIATE_TEST_SUITE_P(All, Tabulate, testing::Values("STEP", "SWISH", "SOFTPLUS", "SOFTSIGN", "MISH", "SELU"));

TEST(Tabulate, entries_are_in_the_order_of_bytes) {
  // y = -x at scale 1: byte 1 (1) gives -1, byte 128 (-128) saturates at 127, byte 255 (-1) gives 1.
  Graph graph = graph_of(R"(graph "g" (%x: int8[4]{scale=1, zero_point=0}) -> (%y) {
    %f: float32[4] = DEQUANTIZE(%x)
    %n: float32[4] = NEG(%f)
    %y: int8[4]{scale=1, zero_point=0} = QUANTIZE(%n)
  })");
  tabulate(graph);
  ASSERT_EQ(operators_of(graph), "LOOKUP_TABLE");
  const auto table = graph[graph.nodes[0].inputs[1]].values<std::int8_t>();
  EXPECT_EQ(table[0], 0);
  EXPECT_EQ(table[1], -1);
  EXPECT_EQ(table[127], -127);
  EXPECT_EQ(table[128], 127);
  EXPECT_EQ(table[255], 1);
}

TEST(Tabulate, rows_of_int8_operators_with_constants_of_one_number_become_one) {
  Graph graph = graph_of(R"(graph "g" (%x: int8[1x300]{scale=0.05, zero_point=3}) -> (%y) {
    %c: int8[1]{scale=0.01, zero_point=0} = [77]
    %a: int8[1x300]{scale=0.06, zero_point=-10} = ADD(%x, %c)
    %s: int8[1x300]{scale=0.00390625, zero_point=-128} = LOGISTIC(%a)
    %y: int8[1x300]{scale=0.03, zero_point=5} = MUL(%s, %a)
  })");
  const Graph before = graph;
  tabulate(graph);
  EXPECT_EQ(operators_of(graph), "LOOKUP_TABLE");
  expect_equivalent(before, graph);
}

TEST(Tabulate, what_is_read_in_the_middle_gets_a_table_of_its_own) {
  Graph graph = graph_of(R"(graph "g" (%x: int8[1x300]{scale=0.05, zero_point=3}) -> (%y, %s) {
    %r: int8[1x300]{scale=0.03, zero_point=-10} = RELU(%x)
    %s: int8[1x300]{scale=0.00390625, zero_point=-128} = LOGISTIC(%r)
    %y: int8[1x300]{scale=0.0078125, zero_point=0} = TANH(%s)
  })");
  const Graph before = graph;
  tabulate(graph);
  EXPECT_EQ(operators_of(graph), "LOOKUP_TABLE LOOKUP_TABLE");
  expect_equivalent(before, graph);
}

TEST(Tabulate, leaves_lone_operators_and_sums_of_two_values) {
  const std::string text =
      R"(graph "g" (%x: int8[1x300]{scale=0.05, zero_point=3}, %z: int8[1x300]{scale=0.1, zero_point=0}) -> (%y, %t) {
    %y: int8[1x300]{scale=0.00390625, zero_point=-128} = LOGISTIC(%x)
    %t: int8[1x300]{scale=0.1, zero_point=0} = ADD(%x, %z)
  })";
  Graph graph = graph_of(text);
  tabulate(graph);
  EXPECT_EQ(operators_of(graph), "LOGISTIC ADD");
}

TEST(Tabulate, a_constant_for_each_channel_is_no_table) {
  Graph graph = graph_of(R"(graph "g" (%x: int8[1x3]{scale=0.05, zero_point=3}) -> (%y) {
    %c: int8[3]{scale=0.01, zero_point=0} = [77, 1, 2]
    %a: int8[1x3]{scale=0.06, zero_point=-10} = ADD(%x, %c)
    %y: int8[1x3]{scale=0.00390625, zero_point=-128} = LOGISTIC(%a)
  })");
  tabulate(graph);
  EXPECT_EQ(operators_of(graph), "ADD LOGISTIC");
}

}  // namespace
}  // namespace mirim
