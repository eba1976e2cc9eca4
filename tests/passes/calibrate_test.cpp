#include "mirim/passes/calibrate.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

// Value 0 is x, 1 the result.
Graph doubled() {
  return test::parse(R"(graph "" (%x: float32[1]) -> (%y) {
    %y: float32[1] = ADD(%x, %x)
  })");
}

std::vector<Range> ranges(const std::vector<float>& samples, const CalibrationOptions& options) {
  return calibrate(
      doubled(), static_cast<std::int64_t>(samples.size()),
      [&](Interpreter& interpreter, std::int64_t i) {
        interpreter.input(0).as<float>()[0] = samples[static_cast<std::size_t>(i)];
      },
      options);
}

// 10,000 values from 1 to 1.9999 and one stray 1000.
std::vector<float> with_outlier() {
  std::vector<float> samples;
  for (int i = 0; i < 10000; ++i) samples.push_back(1 + static_cast<float>(i) * 1e-4F);
  samples.push_back(1000);
  return samples;
}

TEST(Calibrate, min_max_is_all_that_was_seen_and_zero) {
  EXPECT_THAT(ranges({2, 5, 3}, {}), testing::ElementsAre(Range{0, 5}, Range{0, 10}));
  EXPECT_THAT(ranges({-2, 1}, {}), testing::ElementsAre(Range{-2, 1}, Range{-4, 2}));
}

TEST(Calibrate, percentile_leaves_out_the_tail) {
  const auto found = ranges(with_outlier(), {.method = CalibrationMethod::percentile, .percentile = 99.9});
  EXPECT_EQ(found[0].min, 0);
  // Everything but the stray one lies in bins of 1000 / 2048 = 0.49 up to 2.
  EXPECT_LE(found[0].max, 2.5F);
  EXPECT_GE(found[0].max, 1.9F);
}

TEST(Calibrate, mean_squared_error_weighs_clipping_against_rounding) {
  // One in 10,000 at 4 among values in [0, 2]: 256 steps of the whole range err by (4/255)^2/12 = 2e-5 on each, of
  // [0, 2] by 5e-6 and by (4 - 2)^2 / 10,000 = 4e-4 for the one that is clipped. So the range must stay near 4.
  std::vector<float> samples;
  for (int i = 0; i < 10000; ++i) samples.push_back(static_cast<float>(i) * 2e-4F);
  samples.push_back(4);
  const CalibrationOptions options{.method = CalibrationMethod::mean_squared_error};
  EXPECT_GT(ranges(samples, options)[0].max, 3.5F);
  // The same number a hundred times as often in [0, 0.02]: there the steps of 4 / 255 cost more than the one clipped.
  samples.assign(1000000, 0.01F);
  for (std::size_t i = 0; i < samples.size(); ++i) samples[i] = static_cast<float>(i % 1000) * 1e-3F;
  samples.push_back(4);
  EXPECT_LT(ranges(samples, options)[0].max, 3.0F);
}

TEST(Calibrate, refuses_values_that_are_not_finite_and_no_samples) {
  EXPECT_THROW(ranges({1, NAN}, {}), Error);
  EXPECT_THROW(ranges({}, {}), Error);
}

}  // namespace
}  // namespace mirim
