#include "mirim/passes/contract_activations.hpp"

#include <gmock/gmock.h>

#include "mirim/passes/expand_activations.hpp"
#include "tests/passes/equivalence.hpp"

namespace mirim {
namespace {

class ContractActivations : public testing::TestWithParam<const char*> {};

TEST_P(ContractActivations, undoes_expansion) {
  Graph graph =
      graph_of("graph \"g\" (%x: float32[1x16]) -> (%z) {\n %t: float32[1x16] = NEG(%x)\n %y: float32[1x16] = " +
               std::string(GetParam()) + "(%t)\n %z: float32[1x16] = ADD(%y, %t)\n}");
  const Graph before = graph;
  expand_activations(graph);
  contract_activations(graph);
  EXPECT_EQ(operators_of(graph), operators_of(before));
  expect_equivalent(before, graph, 0);
}

INSTANTIATE_TEST_SUITE_P(All, ContractActivations,
                         testing::Values("STEP", "SWISH", "SOFTPLUS", "SOFTSIGN", "MISH", "SELU"));

TEST(ContractActivations, finds_swish_with_its_operands_swapped) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x16]) -> (%y) {
    %s: float32[1x16] = LOGISTIC(%x)
    %y: float32[1x16] = MUL(%s, %x)
  })");
  const Graph before = graph;
  contract_activations(graph);
  EXPECT_EQ(operators_of(graph), "SWISH");
  expect_equivalent(before, graph);
}

TEST(ContractActivations, leaves_a_gate_of_something_else) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x16], %g: float32[1x16]) -> (%y) {
    %s: float32[1x16] = LOGISTIC(%g)
    %y: float32[1x16] = MUL(%x, %s)
  })");
  contract_activations(graph);
  EXPECT_EQ(operators_of(graph), "LOGISTIC MUL");
}

TEST(ContractActivations, keeps_what_is_read_from_within) {
  Graph graph = graph_of(R"(graph "g" (%x: float32[1x16]) -> (%y, %s) {
    %s: float32[1x16] = LOGISTIC(%x)
    %y: float32[1x16] = MUL(%x, %s)
  })");
  contract_activations(graph);
  EXPECT_EQ(operators_of(graph), "LOGISTIC SWISH");
}

}  // namespace
}  // namespace mirim
