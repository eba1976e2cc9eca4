#include "mirim/train/metrics.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ThrowsMessage;

ConfusionMatrix three() {
  ConfusionMatrix matrix(2);
  // Label 0: predicted 0, 0, 1. Label 1: predicted 1.
  matrix.add(0, 0);
  matrix.add(0, 0);
  matrix.add(0, 1);
  matrix.add(1, 1);
  return matrix;
}

TEST(ConfusionMatrix, counts_and_divides) {
  const ConfusionMatrix matrix = three();
  EXPECT_EQ(matrix.at(0, 1), 1);
  EXPECT_DOUBLE_EQ(matrix.accuracy(), 3.0 / 4);
  EXPECT_DOUBLE_EQ(matrix.precision(0), 1);
  EXPECT_DOUBLE_EQ(matrix.precision(1), 0.5);
  EXPECT_DOUBLE_EQ(matrix.recall(0), 2.0 / 3);
  EXPECT_DOUBLE_EQ(matrix.recall(1), 1);
  EXPECT_DOUBLE_EQ(matrix.f1(0), 0.8);      // 2 * 1 * 2/3 / (5/3)
  EXPECT_DOUBLE_EQ(matrix.f1(1), 2.0 / 3);  // 2 * 0.5 / 1.5
  EXPECT_DOUBLE_EQ(matrix.macro_f1(), 11.0 / 15);
}

TEST(ConfusionMatrix, a_class_that_never_comes_has_zeros_and_no_nan) {
  ConfusionMatrix matrix(3);
  matrix.add(0, 0);
  EXPECT_EQ(matrix.precision(2), 0);
  EXPECT_EQ(matrix.recall(2), 0);
  EXPECT_EQ(matrix.f1(2), 0);
}

TEST(ConfusionMatrix, refuses_a_label_out_of_range) {
  ConfusionMatrix matrix(3);
  EXPECT_THAT([&] { matrix.add(3, 0); }, ThrowsMessage<Error>("label 3 is out of range, there are 3 classes"));
}

TEST(RocAuc, is_the_chance_that_a_positive_scores_higher) {
  // Pairs (positive, negative): (0.8, 0.4) right, (0.8, 0.6) right, (0.5, 0.4) right, (0.5, 0.6) wrong: 3 of 4.
  const std::vector<float> scores{0.8F, 0.4F, 0.5F, 0.6F};
  const std::vector<std::uint8_t> positive{1, 0, 1, 0};
  EXPECT_DOUBLE_EQ(roc_auc(scores, positive), 0.75);
}

TEST(RocAuc, equal_scores_count_half) {
  EXPECT_DOUBLE_EQ(roc_auc(std::vector<float>{1, 1}, std::vector<std::uint8_t>{1, 0}), 0.5);
}

TEST(RocAuc, needs_both_kinds) {
  EXPECT_THROW(roc_auc(std::vector<float>{1, 2}, std::vector<std::uint8_t>{1, 1}), Error);
}

TEST(RocAuc, refuses_a_score_that_is_not_a_number) {
  EXPECT_THROW(roc_auc(std::vector<float>{NAN, 2}, std::vector<std::uint8_t>{1, 0}), Error);
}

TEST(BestThreshold, lies_between_the_kinds) {
  // Above 2.5: both positives, one of three negatives. Above 4.5: one positive and no negative, 1/2 < 1 - 1/3.
  const Threshold best = best_threshold(std::vector<float>{1, 2, 4, 3, 5}, std::vector<std::uint8_t>{0, 0, 0, 1, 1});
  EXPECT_DOUBLE_EQ(best.score, 2.5);
  EXPECT_DOUBLE_EQ(best.found, 1);
  EXPECT_DOUBLE_EQ(best.false_alarms, 1.0 / 3);
}

TEST(ErrorScore, is_its_formulas) {
  // Differences -1, 0, 2; targets 2, 2, 5 around their mean 3: 1 + 1 + 4 = 6.
  const ErrorScore score = error_score(std::vector<float>{1, 2, 7}, std::vector<float>{2, 2, 5});
  EXPECT_DOUBLE_EQ(score.root_mean_squared_error, std::sqrt(5.0 / 3));
  EXPECT_DOUBLE_EQ(score.mean_absolute_error, 1);
  EXPECT_DOUBLE_EQ(*score.r_squared, 1 - 5.0 / 6);
  EXPECT_FALSE(error_score(std::vector<float>{1, 2}, std::vector<float>{3, 3}).r_squared);
}

}  // namespace
}  // namespace mirim
