#include "mirim/train/frechet.hpp"

#include <gmock/gmock.h>

#include <cmath>

namespace mirim {
namespace {

// Of one number: (m1 - m2)^2 + (s1 - s2)^2. Rows 0, 2: mean 1, deviation sqrt(2); 3, 9: mean 6, deviation sqrt(18).
TEST(Frechet, distance_of_one_number_is_that_of_means_and_deviations) {
  const double s = std::sqrt(18.0) - std::sqrt(2.0);
  EXPECT_NEAR(frechet_distance({0, 2}, {3, 9}, 1), 25 + s * s, 1e-9);
  EXPECT_NEAR(frechet_distance({0, 2}, {0, 2}, 1), 0, 1e-9);
}

// Covariances diag(2, 0) and diag(0, 2) have no product: the distance is the sum of their traces.
TEST(Frechet, distance_of_directions_that_have_nothing_in_common_is_all_their_variance) {
  EXPECT_NEAR(frechet_distance({-1, 0, 1, 0}, {0, -1, 0, 1}, 2), 4, 1e-9);
}

TEST(Frechet, coarse_images_are_means_of_blocks) {
  std::vector<float> image(28 * 28);
  for (int i = 0; i < 28 * 28; ++i)
    image[static_cast<std::size_t>(i)] = static_cast<float>(i / 28 / 4 * 7 + i % 28 / 4);
  const std::vector<float> small = coarse({28, 28, 1}, image);
  ASSERT_EQ(small.size(), 49U);
  for (std::size_t i = 0; i < 49; ++i) EXPECT_EQ(small[i], static_cast<float>(i));
  EXPECT_THAT(coarse({3}, {1, 2, 3}), testing::ElementsAre(1, 2, 3));
}

}  // namespace
}  // namespace mirim
