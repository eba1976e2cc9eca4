#include "mirim/passes/spell_for_integers.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/verify.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

/// The operators of the spelt graph, whose answers must be those of the old one.
std::vector<std::string> spelt(const Graph& graph) {
  Graph changed = graph;
  spell_for_integers(changed);
  EXPECT_EQ(verify(changed), std::vector<std::string>{});
  EXPECT_EQ(changed[changed.outputs[0]].name, graph[graph.outputs[0]].name);
  EXPECT_THAT(test::run_random(changed, 7), Pointwise(FloatNear(1e-5F), test::run_random(graph, 7)));
  return test::operator_names(changed);
}

TEST(SpellForIntegers, computed_weights_are_a_matrix_product) {
  EXPECT_THAT(spelt(test::parse(R"(graph "" (%x: float32[1x6x8], %w: float32[5x8]) -> (%y) {
    %b: float32[5] = random(3)
    %y: float32[1x6x5] = FULLY_CONNECTED(%x, %w, %b) {keep_num_dims=true, fused_activation_function=RELU}
  })")),
              ElementsAre("RESHAPE", "BATCH_MATMUL", "ADD", "RESHAPE"));
  EXPECT_THAT(spelt(test::parse(R"(graph "" (%x: float32[6x8], %w: float32[5x8]) -> (%y) {
    %y: float32[6x5] = FULLY_CONNECTED(%x, %w)
  })")),
              ElementsAre("BATCH_MATMUL", "RESHAPE"));
}

TEST(SpellForIntegers, constant_weights_stay) {
  EXPECT_THAT(spelt(test::parse(R"(graph "" (%x: float32[6x8]) -> (%y) {
    %w: float32[5x8] = random(3)
    %y: float32[6x5] = FULLY_CONNECTED(%x, %w)
  })")),
              ElementsAre("FULLY_CONNECTED"));
}

TEST(SpellForIntegers, operators_of_one_operand) {
  const auto of = [](const std::string& name) {
    return spelt(test::parse("graph \"\" (%x: float32[2x3]) -> (%y) {\n  %y: float32[2x3] = " + name + "(%x)\n}"));
  };
  EXPECT_THAT(of("NEG"), ElementsAre("MUL"));
  EXPECT_THAT(of("SQUARE"), ElementsAre("MUL"));
  EXPECT_THAT(of("ABS"), ElementsAre("ABS"));
}

TEST(SpellForIntegers, bools_become_numbers_by_a_choice) {
  EXPECT_THAT(spelt(test::parse(R"(graph "" (%x: float32[2x3]) -> (%y) {
    %z: float32[1] = [0]
    %t: bool[2x3] = GREATER(%x, %z)
    %y: float32[2x3] = CAST(%t)
  })")),
              ElementsAre("GREATER", "SELECT_V2"));
  EXPECT_THAT(spelt(test::parse(R"(graph "" (%x: float32[2x3], %z: float32[2x3]) -> (%y) {
    %t: bool[2x3] = CAST(%x) {to=bool}
    %y: float32[2x3] = SELECT(%t, %x, %z)
  })")),
              ElementsAre("NOT_EQUAL", "SELECT_V2"));
}

}  // namespace
}  // namespace mirim
