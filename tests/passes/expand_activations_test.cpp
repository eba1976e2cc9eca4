#include "mirim/passes/expand_activations.hpp"

#include <gmock/gmock.h>

#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

Graph activation(const std::string& name) {
  return graph_of("graph \"g\" (%x: float32[1x16]) -> (%y) {\n %y: float32[1x16] = " + name + "(%x)\n}");
}

class ExpandActivations : public testing::TestWithParam<const char*> {};

TEST_P(ExpandActivations, gives_the_same_function_in_operators_of_tflite) {
  Graph graph = activation(GetParam());
  const Graph before = graph;
  expand_activations(graph);
  EXPECT_GT(graph.nodes.size(), 1U);
  for (const Node& node : graph.nodes) EXPECT_GE(node.op.tflite_code(), 0) << node.op.name();
  expect_equivalent(before, graph, 1e-6F);
}

TEST_P(ExpandActivations, is_finite_far_from_zero) {
  Graph graph = activation(GetParam());
  Interpreter direct(graph);
  expand_activations(graph);
  Interpreter expanded(graph);
  const std::vector<float> x = {-1e30F, -1e4F, -200, -89, -88, -20,  -0.0F, 0,
                                1e-30F, 20,    88,   89,  200, 1e4F, 1e18F, 1e30F};
  direct.set_input(0, bytes_of(x));
  expanded.set_input(0, bytes_of(x));
  direct.run();
  expanded.run();
  for (std::size_t i = 0; i < x.size(); ++i) {
    const float expected = direct.output(0).as<float>()[i];
    const float actual = expanded.output(0).as<float>()[i];
    EXPECT_NEAR(actual, expected, 1e-6F * std::max(1.0F, std::fabs(expected))) << "x = " << x[i];
  }
}

INSTANTIATE_TEST_SUITE_P(All, ExpandActivations,
                         testing::Values("STEP", "SWISH", "SOFTPLUS", "SOFTSIGN", "MISH", "SELU"));

TEST(ExpandActivations, leaves_what_tflite_has) {
  Graph graph = activation("ELU");
  expand_activations(graph);
  EXPECT_EQ(operators_of(graph), "ELU");
}

}  // namespace
}  // namespace mirim
