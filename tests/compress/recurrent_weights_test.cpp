#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "mirim/compress/prune.hpp"
#include "tests/passes/graphs.hpp"
#include "tests/passes/networks.hpp"

// The weights of layers with several matrices, and of those that mirim does not train (docs/training.md).
namespace mirim {
namespace {

using testing::AllOf;
using testing::Each;
using testing::HasSubstr;
using testing::SizeIs;
using testing::ThrowsMessage;

/// The share of zeros in each constant of the graph whose name is in `names`.
std::vector<double> zeros_of(const Graph& graph, std::string_view names) {
  std::vector<double> shares;
  for (const Value& value : graph.values) {
    if (!value.is_constant() || names.find(value.name + ' ') == std::string_view::npos) continue;
    const auto values = value.values<float>();
    shares.push_back(static_cast<double>(std::ranges::count(values, 0.0F)) / static_cast<double>(values.size()));
  }
  return shares;
}

constexpr std::string_view kOfInputs = "wi wf wc wo ", kOfState = "ri rf rc ro ", kBiases = "bi bf bc bo ";

TEST(LstmWeights, are_pruned_matrix_by_matrix_without_the_biases) {
  Graph graph = test::parse(test::kLstm);
  EXPECT_THAT(prunable_weights(graph), SizeIs(9));  // eight, and the dense layer's
  Pruner(graph, {.sparsity = 0.5}).prune_now(graph);
  EXPECT_THAT(zeros_of(graph, kOfInputs), AllOf(SizeIs(4), Each(3.0 / 6)));
  EXPECT_THAT(zeros_of(graph, kOfState), AllOf(SizeIs(4), Each(5.0 / 9)));  // 4.5, rounded
  EXPECT_THAT(zeros_of(graph, kBiases), AllOf(SizeIs(4), Each(0)));
}

TEST(LstmWeights, share_what_is_set_for_their_layer) {
  Graph graph = test::parse(test::kLstm);
  Pruner(graph, {.sparsity = 0.5, .of_layer = {{"lstm", 0}}}).prune_now(graph);
  EXPECT_THAT(zeros_of(graph, kOfInputs), AllOf(SizeIs(4), Each(0)));
  EXPECT_THAT(zeros_of(graph, kOfState), AllOf(SizeIs(4), Each(0)));
  EXPECT_THAT(zeros_of(graph, "w "), AllOf(SizeIs(1), Each(0.5)));
}

TEST(SvdfWeights, are_left_alone_and_the_dense_layer_behind_is_pruned) {
  Graph graph = test::parse(test::kSvdf);
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

TEST(SvdfWeights, asked_for_by_name_are_refused_with_the_reason) {
  const Graph graph = test::parse(test::kSvdf);
  EXPECT_THAT(
      [&] {
        Pruner(graph, {.of_layer = {{"svdf", 0.5}}});
      },
      ThrowsMessage<Error>(AllOf(HasSubstr("layer 'svdf' is SVDF"), HasSubstr("no weights that training changes"))));
}

}  // namespace
}  // namespace mirim
