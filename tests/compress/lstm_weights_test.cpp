#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/compress/prune.hpp"
#include "tests/passes/graphs.hpp"
#include "tests/passes/networks.hpp"

// mirim trains no layer with a state (docs/training.md), so compression leaves an LSTM's matrices as they are.
namespace mirim {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(LstmWeights, are_left_alone_and_the_dense_layer_behind_is_pruned) {
  Graph graph = test::parse(test::kLstm);
  const Graph before = graph;
  const std::vector<PrunableWeights> found = prunable_weights(graph);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(graph[found[0].value].name, "w");
  Pruner(graph, {.sparsity = 0.5}).prune_now(graph);
  for (std::size_t i = 0; i < graph.values.size(); ++i) {
    if (!graph.values[i].is_constant() || graph.values[i].name == "w") continue;
    EXPECT_EQ(graph.values[i].constant, before.values[i].constant) << graph.values[i].name << ": the same bytes";
  }
}

TEST(LstmWeights, asked_for_by_name_are_refused_with_the_reason) {
  const Graph graph = test::parse(test::kLstm);
  EXPECT_THAT(
      [&] {
        Pruner(graph, {.of_layer = {{"lstm", 0.5}}});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("layer 'lstm' is UNIDIRECTIONAL_SEQUENCE_LSTM"),
                                 HasSubstr("no weights that training changes"))));
}

}  // namespace
}  // namespace mirim
