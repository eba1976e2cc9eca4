#include "mirim/train/modes.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"

namespace mirim {
namespace {

struct Clouds {
  std::vector<float> points;
  std::vector<std::int32_t> labels;
};

/// Round normal clouds of deviation 0.1 around (0, 0), (3, 0), ...
Clouds clouds(int classes, int each, std::uint64_t seed) {
  Clouds made;
  Random random(seed);
  for (int i = 0; i < classes * each; ++i) {
    made.labels.push_back(i % classes);
    made.points.push_back(static_cast<float>(3 * (i % classes)) + 0.1F * random.normal());
    made.points.push_back(0.1F * random.normal());
  }
  return made;
}

TEST(Modes, of_real_samples_are_near_in_98_9_cases_of_100) {
  const Clouds real = clouds(4, 5000, 1), other = clouds(4, 5000, 2);
  const ModeScores scores = mode_scores(other.points, real.points, real.labels, 2, 4);
  EXPECT_NEAR(scores.near, 0.989, 0.004);
  EXPECT_NEAR(scores.least_class, 0.25, 0.005);
}

// A circle of 3 deviations is the border.
TEST(Modes, end_at_three_deviations_in_the_plane) {
  const Clouds real = clouds(1, 50000, 1);
  const auto near = [&](float far) {
    return mode_scores(std::vector<float>{far, 0, 0, -far}, real.points, real.labels, 2, 1).near;
  };
  EXPECT_EQ(near(0.28F), 1);
  EXPECT_EQ(near(0.32F), 0);
}

TEST(Modes, that_were_forgotten_show_in_the_smallest_class) {
  const Clouds real = clouds(3, 500, 1), two = clouds(2, 500, 2);
  const ModeScores scores = mode_scores(two.points, real.points, real.labels, 2, 3);
  EXPECT_GT(scores.near, 0.97);
  EXPECT_EQ(scores.least_class, 0);
  const std::vector<float> nowhere{1.5F, 1.5F};
  EXPECT_EQ(mode_scores(nowhere, real.points, real.labels, 2, 3).near, 0);
}

TEST(Modes, of_other_sizes_are_refused) {
  const Clouds real = clouds(2, 5, 1);
  EXPECT_THROW(mode_scores(std::vector<float>{1, 2, 3}, real.points, real.labels, 2, 2), Error);
  EXPECT_THROW(mode_scores(real.points, real.points, {}, 2, 2), Error);
}

}  // namespace
}  // namespace mirim
