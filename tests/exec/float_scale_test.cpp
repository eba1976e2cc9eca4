// The rescaling in floats against the device's own, sum for sum.
#include "mirim/exec/int8/float_scale.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/exec/int8/packing.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim::int8 {
namespace {

// Rounded towards zero before it is cut is as good as not rounded: doubles hold it.
int in_floats(const FloatScale& f, std::int64_t sum) {
  const double half = sum < 0 ? -static_cast<double>(f.half) : static_cast<double>(f.half);
  return static_cast<int>(std::trunc(static_cast<double>(sum) * static_cast<double>(f.scale) + half));
}

void expect_the_rounding(const Rounding& r, const FloatScale& f) {
  for (std::int64_t sum = -r.largest; sum <= r.largest; ++sum) {
    const int exact = micro::multiply_by_quantized_multiplier(static_cast<std::int32_t>(sum), r.multiplier, -r.right);
    const int expected = std::clamp(exact, -r.down, r.up);
    ASSERT_EQ(std::clamp(in_floats(f, sum), -r.down, r.up), expected)
        << sum << " * " << r.multiplier << " >> " << r.right << " by " << f.scale << " and " << f.half;
  }
}

TEST(FloatScale, gives_every_sum_what_the_device_gives_it) {
  Random random(1);
  int found = 0;
  constexpr int kRounds = 200;
  for (int i = 0; i < kRounds; ++i) {
    const int down = static_cast<int>(random.below(256));
    const Rounding r{.multiplier = static_cast<std::int32_t>((1 << 30) + random.below(1 << 30)),
                     .right = static_cast<int>(random.below(9)),
                     .largest = 1 + random.below(60'000),
                     .up = 255 - down,
                     .down = random.below(3) == 0 ? 0 : down};
    const auto f = float_scale(r);
    if (!f) continue;
    ++found;
    expect_the_rounding(r, *f);
  }
  EXPECT_GT(found, kRounds * 9 / 10) << "few roundings are beyond 24 bits";
}

// Sums of exactly a half, and what the first rounding makes one.
TEST(FloatScale, keeps_the_ties_of_both_roundings) {
  for (const std::int32_t multiplier : {1 << 30, (1 << 30) + 1, 3 << 29, INT32_MAX}) {
    for (int right = 0; right <= 12; ++right) {
      const Rounding r{.multiplier = multiplier, .right = right, .largest = 100'000, .up = 127, .down = 128};
      if (const auto f = float_scale(r)) expect_the_rounding(r, *f);
    }
  }
}

TEST(FloatScale, is_nothing_for_a_sum_that_never_gets_anywhere) {
  for (const int right : {24, 25, 31}) {
    const auto f = float_scale({.multiplier = 1 << 30, .right = right, .largest = 1000, .up = 127, .down = 128});
    ASSERT_TRUE(f.has_value());
    EXPECT_EQ(f->scale, 0);
  }
}

TEST(FloatScale, leaves_sums_alone_that_floats_do_not_count) {
  EXPECT_FALSE(float_scale({.multiplier = 1 << 30, .right = 10, .largest = 1 << 24, .up = 127, .down = 128}));
}

// Sixteen channels go one way; where one is beyond floats, all sixteen keep to integers.
TEST(RescaleTable, has_the_form_in_floats_for_sixteens_of_channels) {
  const std::vector<std::int32_t> multiplier(40, 0x5A5A5A5A), shift(40, -9);
  const Multipliers m{.multiplier = multiplier, .shift = shift, .stride = 1, .zero_point = -20};
  std::vector<std::int64_t> largest(40, 50'000);
  largest[17] = 1 << 24;
  const auto integers = RescaleTable::make(m, largest);
  ASSERT_TRUE(integers.has_value());
  EXPECT_EQ(integers->view().in_floats, nullptr);
  EXPECT_EQ(integers->view().zero_point, 0) << "it stands in the nudge";
  const auto table = RescaleTable::make(m, largest, 0, true);
  ASSERT_TRUE(table.has_value());
  const Rescale rescale = table->view();
  ASSERT_NE(rescale.in_floats, nullptr);
  EXPECT_EQ(std::vector<int>(rescale.in_floats, rescale.in_floats + 3), (std::vector<int>{1, 0, 1}));
  EXPECT_EQ(rescale.zero_point, -20);
  EXPECT_EQ(rescale.nudge[0], 1 << 8) << "half a step and nothing else";
}

}  // namespace
}  // namespace mirim::int8
