#include "mirim/compress/rank_choice.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "mirim/base/random.hpp"

namespace mirim {
namespace {

RankCandidate costing(std::int64_t macs, double loss) {
  return {.pieces = Pieces::two, .rank = macs, .macs = macs, .parameters = 2 * macs, .loss = loss};
}

std::vector<std::int64_t> macs_of(const std::vector<RankCandidate>& chosen) {
  std::vector<std::int64_t> result;
  for (const RankCandidate& one : chosen) result.push_back(one.macs);
  return result;
}

TEST(RankCandidate, costs_what_its_pieces_do) {
  // A 3x3 convolution with stride 2, 8x8 to 4x4, of 6 channels to 10 outputs.
  const LayerSizes sizes{.outputs = 10, .places = 9, .channels = 6, .pixels_in = 64, .pixels_out = 16, .bias = 10};
  const RankCandidate one = candidate(sizes, Pieces::one, 0, 0);
  EXPECT_EQ(one.macs, 16 * 10 * 9 * 6);
  EXPECT_EQ(one.parameters, 10 * 9 * 6 + 10);
  const RankCandidate two = candidate(sizes, Pieces::two, 4, 0);
  EXPECT_EQ(two.macs, 16 * (4 * 9 * 6 + 10 * 4));
  EXPECT_EQ(two.parameters, 4 * 9 * 6 + 10 * 4 + 10);
  const RankCandidate three = candidate(sizes, Pieces::three, 4, 3);  // the first piece runs on all of the input
  EXPECT_EQ(three.macs, 64 * 6 * 3 + 16 * (4 * 9 * 3 + 10 * 4));
  EXPECT_EQ(three.parameters, 6 * 3 + 4 * 9 * 3 + 10 * 4 + 10);
}

TEST(RankCandidates, cost_less_than_the_layer_and_lose_the_tail) {
  // diag(3, 2, 1, 1) of 4x4: energies 9, 4, 1, 1 of 15. Rank r takes 8 r multiplications, the layer 16: only rank 1.
  Kernel kernel{4, 1, 4, std::vector<double>(16)};
  kernel.values[0] = 3, kernel.values[5] = 2, kernel.values[10] = 1, kernel.values[15] = 1;
  const LayerSizes sizes{.outputs = 4, .places = 1, .channels = 4, .pixels_in = 1, .pixels_out = 1};
  const auto all = candidates(kernel, sizes, true, false);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].pieces, Pieces::one);
  EXPECT_EQ(all[1].rank, 1);
  EXPECT_EQ(all[1].macs, 8);
  EXPECT_NEAR(all[1].loss, 6.0 / 15, 1e-12);
}

TEST(KeepEnergy, takes_the_fewest_multiplications_that_keep_the_share) {
  const std::vector<RankCandidate> layer{costing(100, 0), costing(60, 0.04), costing(50, 0.06), costing(40, 0.04)};
  EXPECT_EQ(keep_energy(layer, 0.95).macs, 40);
  EXPECT_EQ(keep_energy(layer, 0.97).macs, 100);
  EXPECT_EQ(keep_energy(layer, 0.5).macs, 40);
}

TEST(KeepBudget, cuts_where_least_is_lost) {
  // For 50 less the first layer loses 0.1, the second 0.01.
  const std::vector<std::vector<RankCandidate>> layers{{costing(100, 0), costing(50, 0.1)},
                                                       {costing(100, 0), costing(50, 0.01)}};
  EXPECT_THAT(macs_of(keep_budget(layers, 200, false)), testing::ElementsAre(100, 100));
  EXPECT_THAT(macs_of(keep_budget(layers, 150, false)), testing::ElementsAre(100, 50));
  EXPECT_THAT(macs_of(keep_budget(layers, 149, false)), testing::ElementsAre(50, 50));
  EXPECT_THAT(keep_budget(layers, 99, false), testing::IsEmpty());
  EXPECT_THAT(macs_of(keep_budget(layers, 300, true)), testing::ElementsAre(100, 50));  // two parameters for each
}

TEST(KeepBudget, gives_back_what_the_last_step_saves_too_much) {
  // The cheapest step loses 0.01 for 80, from 100 to 20: 0.009 for 60 is dearer. Of the 20 left over, 40 then takes
  // all.
  const std::vector<std::vector<RankCandidate>> layers{{costing(100, 0), costing(40, 0.009), costing(20, 0.01)},
                                                       {costing(100, 0), costing(90, 0.2)}};
  EXPECT_THAT(macs_of(keep_budget(layers, 140, false)), testing::ElementsAre(40, 100));
}

TEST(KeepBudget, is_the_best_of_all_choices_where_losses_rise_ever_faster) {
  Random random(4);
  std::vector<std::vector<RankCandidate>> layers(3);
  for (auto& layer : layers) {
    double loss = 0, step = 0;
    for (std::int64_t macs = 10; macs >= 1; --macs) {
      layer.push_back(costing(macs, loss));
      loss += step += random.uniform();
    }
  }
  for (std::int64_t budget = 3; budget <= 30; ++budget) {
    double best = 1e9;
    for (const auto& a : layers[0]) {
      for (const auto& b : layers[1]) {
        for (const auto& c : layers[2]) {
          if (a.macs + b.macs + c.macs <= budget) best = std::min(best, a.loss + b.loss + c.loss);
        }
      }
    }
    const auto chosen = keep_budget(layers, budget, false);
    ASSERT_EQ(chosen.size(), 3U);
    EXPECT_LE(chosen[0].macs + chosen[1].macs + chosen[2].macs, budget);
    EXPECT_DOUBLE_EQ(chosen[0].loss + chosen[1].loss + chosen[2].loss, best) << budget;
  }
}

}  // namespace
}  // namespace mirim
