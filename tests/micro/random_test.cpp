#include "mirim/micro/random.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <vector>

namespace mirim {
namespace {

using micro::RandomWords;

// Random123's known answers (D. E. Shaw Research, kat_vectors): philox4x32, 10 rounds.
TEST(Philox, gives_the_published_words) {
  const auto expect = [](const RandomWords& words, std::uint32_t a, std::uint32_t b, std::uint32_t c, std::uint32_t d) {
    EXPECT_EQ(words.word[0], a);
    EXPECT_EQ(words.word[1], b);
    EXPECT_EQ(words.word[2], c);
    EXPECT_EQ(words.word[3], d);
  };
  expect(micro::philox({{0, 0, 0, 0}}, 0, 0), 0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
  expect(micro::philox({{0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}}, 0xffffffff, 0xffffffff), 0x408f276d,
         0x41c83b0e, 0xa20bc7c6, 0x6d5451fd);
  expect(micro::philox({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0), 0xd16cfe09,
         0x94fdcceb, 0x5001e420, 0x24126ea1);
}

template <class Distribution>
std::vector<float> numbers(std::uint64_t number, std::uint32_t stream, int count) {
  std::vector<float> y(static_cast<std::size_t>(count));
  micro::fill_random<Distribution>({.seed = 7, .number = number, .stream = stream}, y.data(), count);
  return y;
}

/// Mean of v^power.
double moment(const std::vector<float>& values, int power) {
  double sum = 0;
  for (const float v : values) sum += std::pow(static_cast<double>(v), power);
  return sum / static_cast<double>(values.size());
}

TEST(Random, normal_numbers_have_the_moments_of_the_normal_distribution) {
  const std::vector<float> y = numbers<micro::Normal>(0, 0, 1 << 20);
  // Standard errors with 2^20 numbers: 1, sqrt(2), sqrt(15) and sqrt(96), each over 1,024; four of them are allowed.
  EXPECT_NEAR(moment(y, 1), 0, 4.0 / 1024);
  EXPECT_NEAR(moment(y, 2), 1, 4 * 1.42 / 1024);
  EXPECT_NEAR(moment(y, 3), 0, 4 * 3.88 / 1024);
  EXPECT_NEAR(moment(y, 4), 3, 4 * 9.80 / 1024);
}

TEST(Random, uniform_numbers_and_coins_have_their_means_and_bounds) {
  const std::vector<float> y = numbers<micro::Uniform>(3, 1, 1 << 20), coins = numbers<micro::Coin>(3, 1, 1 << 20);
  EXPECT_NEAR(moment(y, 1), 0.5, 4 * 0.289 / 1024);
  EXPECT_NEAR(moment(y, 2), 1.0 / 3, 4 * 0.3 / 1024);
  EXPECT_NEAR(moment(coins, 1), 0.5, 4 * 0.5 / 1024);
  for (std::size_t i = 0; i < y.size(); ++i) {
    ASSERT_TRUE(y[i] >= 0 && y[i] < 1);
    ASSERT_TRUE(coins[i] == 0 || coins[i] == 1);
  }
}

TEST(Random, draws_and_streams_differ_and_the_beginning_does_not_depend_on_the_length) {
  const std::vector<float> y = numbers<micro::Normal>(1, 0, 7);
  EXPECT_NE(y, numbers<micro::Normal>(2, 0, 7));
  EXPECT_NE(y, numbers<micro::Normal>(1, 1, 7));
  const std::vector<float> longer = numbers<micro::Normal>(1, 0, 9);
  EXPECT_EQ(y, std::vector<float>(longer.begin(), longer.begin() + 7));
}

TEST(Random, integers_are_the_numbers_in_steps_of_the_scale) {
  const std::vector<float> y = numbers<micro::Normal>(5, 0, 1000);
  std::vector<std::int8_t> q(y.size());
  micro::fill_random<micro::Normal>({.seed = 7, .number = 5, .stream = 0}, q.data(), 1000, 0.02F, 3);
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double steps = std::round(static_cast<double>(y[i]) / 0.02) + 3;  // a tie would need 25 equal bits
    EXPECT_NEAR(q[i], std::min(127.0, std::max(-128.0, steps)), 1e-9);
  }
}

}  // namespace
}  // namespace mirim
