#include "mirim/compress/prune.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/compress/keep_forms.hpp"
#include "tests/exec/networks.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr WeightForm::Sparsity kElements{};

TEST(ChooseMask, the_lowest_scores_go) {
  EXPECT_THAT(choose_mask(std::vector<float>{4, 1, 3, 2}, RowsOf({1, 4}, 0), kElements, 0.5), ElementsAre(1, 0, 1, 0));
}

TEST(ChooseMask, something_is_always_left) {
  EXPECT_THAT(choose_mask(std::vector<float>{4, 1}, RowsOf({1, 2}, 0), kElements, 0.99), ElementsAre(1, 0));
}

TEST(ChooseMask, blocks_go_by_their_mean) {
  // 1x2 blocks of two rows: means 2.5, 3; 1, 0.5.
  const std::vector<float> scores{4, 1, 3, 3, 1, 1, 0, 1};
  EXPECT_THAT(choose_mask(scores, RowsOf({2, 4}, 0), {.block_rows = 1, .block_columns = 2}, 0.5),
              ElementsAre(1, 1, 1, 1, 0, 0, 0, 0));
  // 2x1 blocks: columns 4 + 1, 1 + 1, 3 + 0, 3 + 1.
  EXPECT_THAT(choose_mask(scores, RowsOf({2, 4}, 0), {.block_rows = 2, .block_columns = 1}, 0.5),
              ElementsAre(1, 0, 0, 1, 1, 0, 0, 1));
}

TEST(ChooseMask, n_of_m_keeps_the_best_of_each_group) {
  EXPECT_THAT(choose_mask(std::vector<float>{4, 1, 3, 2, 9, 8, 7, 6}, RowsOf({2, 4}, 0), {.keep = 2, .of = 4}, 0.1),
              ElementsAre(1, 0, 1, 0, 1, 1, 0, 0));
}

Graph two_layers() {
  networks::Net net({1, 8});
  return net.dense(8, Activation::relu).dense(4).done();
}

std::vector<double> zeros_of(const Graph& graph) {
  std::vector<double> zeros;
  for (const PrunableWeights& weights : prunable_weights(graph)) zeros.push_back(zeros_in(graph[weights.value]));
  return zeros;
}

TEST(Pruner, each_layer_has_its_share) {
  Graph graph = two_layers();
  Pruner(graph, {.sparsity = 0.75, .of_layer = {{"dense1", 0.25}}}).prune_now(graph);
  EXPECT_THAT(zeros_of(graph), ElementsAre(0.75, 0.25));
  EXPECT_EQ(to_string(*graph[graph.nodes[0].inputs[1]].form), "pruned");
}

TEST(Pruner, a_global_threshold_takes_more_of_the_smaller_weights) {
  Graph graph = two_layers();
  const ValueId first = graph.nodes[0].inputs[1];
  std::vector<float> small(graph[first].values<float>().begin(), graph[first].values<float>().end());
  for (float& w : small) w *= 1e-3F;
  graph[first].constant = make_constant(small);
  // 48 of 96 weights go, all of the 64 small ones are below the others.
  Pruner(graph, {.sparsity = 0.5, .scope = PruneOptions::Scope::global}).prune_now(graph);
  EXPECT_THAT(zeros_of(graph), ElementsAre(0.75, 0));
}

// Lee et al. (2021), formula 3: w^2 over the sum of all w'^2 of the layer that are not smaller.
TEST(Pruner, lamp_does_not_care_how_large_a_layers_weights_are) {
  Graph graph = two_layers();
  const ValueId first = graph.nodes[0].inputs[1];
  const auto mask_of_first = [&](float times) {
    Graph scaled = graph;
    std::vector<float> weights(graph[first].values<float>().begin(), graph[first].values<float>().end());
    for (float& w : weights) w *= times;
    scaled[first].constant = make_constant(weights);
    Pruner(scaled, {.sparsity = 0.5, .scope = PruneOptions::Scope::lamp}).prune_now(scaled);
    return std::pair(zeros_of(scaled), scaled[first].values<float>()[0] == 0);
  };
  EXPECT_EQ(mask_of_first(1), mask_of_first(1.0F / 1024));
  EXPECT_GT(mask_of_first(1).first[0], 0);
  EXPECT_LT(mask_of_first(1).first[0], 1);
}

TEST(Pruner, lamp_scores_of_four_weights_by_hand) {
  // Squares 16, 9, 4, 1: scores 16/16, 9/25, 4/29, 1/30. Squares 100, 1, 1, 1: 1, 1/101, 1/102, 1/103.
  Graph graph = two_layers();
  for (const int node : {0, 1}) {
    const ValueId id = graph.nodes[static_cast<std::size_t>(node)].inputs[1];
    std::vector<float> weights(graph[id].values<float>().size(), 0.0F);
    const std::vector<float> chosen = node == 0 ? std::vector<float>{4, 3, -2, 1} : std::vector<float>{10, 1, -1, 1};
    std::ranges::copy(chosen, weights.begin());
    graph[id].constant = make_constant(weights);
  }
  // 96 weights, 88 of them 0; four more go: the three of 1/101 to 1/103 and the one of 1/30.
  Pruner(graph, {.sparsity = 92.0 / 96, .scope = PruneOptions::Scope::lamp}).prune_now(graph);
  const auto kept = [&](int node) {
    const auto values = graph[graph.nodes[static_cast<std::size_t>(node)].inputs[1]].values<float>();
    return std::vector<float>(values.begin(), values.begin() + 4);
  };
  EXPECT_THAT(kept(0), ElementsAre(4, 3, -2, 0));
  EXPECT_THAT(kept(1), ElementsAre(10, 0, 0, 0));
}

TEST(Pruner, zeros_from_before_stay_and_count) {
  Graph graph = two_layers();
  Pruner(graph, {.sparsity = 0.5}).prune_now(graph);
  const Graph half = graph;
  Pruner(graph, {.sparsity = 0.75}).prune_now(graph);
  EXPECT_THAT(zeros_of(graph), ElementsAre(0.75, 0.75));
  const ValueId w = graph.nodes[0].inputs[1];
  for (std::size_t i = 0; i < 64; ++i) {
    if (half[w].values<float>()[i] == 0) {
      EXPECT_EQ(graph[w].values<float>()[i], 0);
    }
  }
}

TEST(Pruner, the_share_rises_by_the_cube_while_training_runs) {
  const Graph graph = two_layers();
  Pruner pruner(graph, {.sparsity = 0.8, .begin = 0, .end = 0.5, .stages = 2});
  TrainingPlan plan(graph, {.batch = 2, .parametrisations = pruner.steps()});
  const auto zeros = [&] {
    Graph now = graph;
    plan.store(now);
    return zeros_of(now)[0];
  };
  pruner.before_step(plan, 0, 100);
  EXPECT_EQ(zeros(), 0);
  // Half of the way: 0.8 (1 - 0.5^3) = 0.7 of 64 are 45.
  pruner.before_step(plan, 25, 100);
  EXPECT_EQ(zeros(), 45.0 / 64);
  pruner.before_step(plan, 50, 100);
  EXPECT_EQ(zeros(), 51.0 / 64);
}

TEST(Pruner, a_pruned_weight_comes_back_while_the_mask_still_moves) {
  const Graph graph = two_layers();
  Pruner pruner(graph, {.sparsity = 0.5, .criterion = PruneOptions::Criterion::movement, .stages = 4});
  TrainingPlan plan(graph, {.batch = 4, .parametrisations = pruner.steps()});
  Random random(1);
  for (int s = 0; s < 40; ++s) {
    for (float& v : plan.input(0)) v = random.normal();
    for (auto& label : plan.labels()) label = static_cast<std::int32_t>(random.below(4));
    pruner.before_step(plan, s, 40);
    ASSERT_TRUE(std::isfinite(plan.step(0.01F)));
  }
  Graph trained = graph;
  plan.store(trained);
  EXPECT_THAT(zeros_of(trained), ElementsAre(0.5, 0.5));
}

TEST(Pruner, an_own_criterion_scores_the_weights) {
  Graph graph = two_layers();
  // The first columns go.
  Pruner(graph, {.sparsity = 0.5,
                 .criterion = PruneOptions::Criterion::own,
                 .score =
                     [](const Scoring& s) {
                       std::vector<float> score;
                       for (std::size_t i = 0; i < s.values.size(); ++i) score.push_back(static_cast<float>(i % 8));
                       return score;
                     }})
      .prune_now(graph);
  const auto w = graph[graph.nodes[0].inputs[1]].values<float>();
  for (std::size_t i = 0; i < 64; ++i) EXPECT_EQ(w[i] == 0, i % 8 < 4);
}

TEST(Pruner, says_what_cannot_be) {
  const Graph graph = two_layers();
  const auto refuses = [&](PruneOptions options, const char* line) {
    EXPECT_THAT([&] { Pruner(graph, std::move(options)); }, ThrowsMessage<Error>(HasSubstr(line)));
  };
  refuses({.sparsity = 1}, "sparsity is 1; it must be at least 0 and below 1");
  refuses({.sparsity = -0.1}, "sparsity is -0.1");
  refuses({.of_layer = {{"dense7", 0.5}}}, "there is no layer 'dense7'");
  refuses({.of_layer = {{"dense0", 2.0}}}, "the sparsity of layer 'dense0' is 2");
  refuses({.pattern = {.block_rows = 9}}, "a block of 9x1 is larger");
  refuses({.pattern = {.keep = 4, .of = 4}}, "4 of 4");
  refuses({.begin = 0.6, .end = 0.5}, "pruning from 0.6 to 0.5");
}

}  // namespace
}  // namespace mirim
