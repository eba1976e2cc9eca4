#include "mirim/base/random.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <vector>

namespace mirim {
namespace {

// With the state 1, 2, 3, 4 the reference implementation of xoshiro256** (Blackman and Vigna, prng.di.unimi.it) gives
// 11520, 0, 1509978240, 1215971899390074240: rotl(2 * 5, 7) * 9 = 1280 * 9, then s[1] = 2 ^ (3 ^ 1) = 0.
TEST(Random, is_xoshiro256_starstar) {
  Random random(0);
  random.state = {1, 2, 3, 4};
  EXPECT_EQ(random.bits(), 11520U);
  EXPECT_EQ(random.bits(), 0U);
  EXPECT_EQ(random.bits(), 1509978240U);
  EXPECT_EQ(random.bits(), 1215971899390074240U);
}

// splitmix64's first number from 0 is 0xe220a8397b1dcdaf (Vigna's reference implementation).
TEST(Random, is_seeded_by_splitmix64) { EXPECT_EQ(Random(0).state[0], 0xe220a8397b1dcdafU); }

TEST(Random, a_copy_goes_on_alike) {
  Random a(5);
  a.normal();
  Random b = a;
  EXPECT_EQ(a, b);
  EXPECT_EQ(a.bits(), b.bits());
}

TEST(Random, uniform_is_in_its_range_with_its_mean) {
  Random random(1);
  double sum = 0;
  for (int i = 0; i < 100'000; ++i) {
    const float value = random.uniform();
    ASSERT_TRUE(value >= 0 && value < 1);
    sum += value;
  }
  // Standard deviation of the mean: sqrt(1/12 / 100,000) = 0.0009.
  EXPECT_NEAR(sum / 100'000, 0.5, 0.005);
}

TEST(Random, below_reaches_every_number_alike) {
  Random random(2);
  std::vector<int> seen(7);
  for (int i = 0; i < 70'000; ++i) ++seen.at(static_cast<std::size_t>(random.below(7)));
  // Each about 10,000 +- sqrt(70,000 * 6/49) = 93.
  for (const int count : seen) EXPECT_NEAR(count, 10'000, 500);
}

TEST(Random, normal_has_mean_0_and_deviation_1) {
  Random random(3);
  double sum = 0, squares = 0;
  for (int i = 0; i < 100'000; ++i) {
    const double value = random.normal();
    ASSERT_TRUE(std::isfinite(value));
    sum += value;
    squares += value * value;
  }
  EXPECT_NEAR(sum / 100'000, 0, 0.02);
  EXPECT_NEAR(squares / 100'000, 1, 0.02);
}

}  // namespace
}  // namespace mirim
