#include "mirim/chart/trend.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"

namespace mirim::chart {
namespace {

TEST(Trend, finds_the_doubling_time_that_a_series_was_made_with) {
  for (const double months : {0.5, 3.4, 20.0, 240.0}) {
    std::vector<Point> points;
    for (int i = 0; i < 40; ++i) points.push_back({i * 91.0 - 4000, 7e5 * std::pow(2, i * 91.0 / (months * 30.4375))});
    const Trend trend = fit(points);
    EXPECT_NEAR(trend.doubling_months(), months, 1e-9 * months);
    EXPECT_NEAR(trend.times_a_year(), std::pow(2, 12 / months), 1e-6 * std::pow(2, 12 / months));
    EXPECT_NEAR(trend.r_squared, 1, 1e-12);
    EXPECT_NEAR(trend.at(-4000), 7e5, 1e-3);
  }
}

TEST(Trend, has_the_line_of_python_s_statistics) {
  // statistics.linear_regression([0, 100, 250, 400, 1000], log10 of [3, 5, 4, 20, 70]); its correlation squared
  const std::vector<Point> points{{0, 3}, {100, 5}, {250, 4}, {400, 20}, {1000, 70}};
  const Trend trend = fit(points);
  EXPECT_NEAR(trend.log10_per_day, 0.0013910069135867472, 1e-12);
  EXPECT_NEAR(trend.log10_at_zero, 0.4980034374570149, 1e-12);
  EXPECT_NEAR(trend.r_squared, 0.904676837253562, 1e-12);
  EXPECT_EQ(trend.points, 5U);
  EXPECT_EQ(trend.first_day, 0);
  EXPECT_EQ(trend.last_day, 1000);
}

TEST(Trend, what_falls_doubles_in_a_negative_time) {
  const std::vector<Point> points{{0, 8}, {30.4375, 4}, {60.875, 2}};
  EXPECT_NEAR(fit(points).doubling_months(), -1, 1e-12);
}

TEST(Trend, needs_two_days_and_values_above_zero) {
  EXPECT_THROW(fit({}), Error);
  EXPECT_THROW(fit(std::vector<Point>{{5, 1}, {5, 2}}), Error);
  EXPECT_THROW(fit(std::vector<Point>{{5, 1}, {6, 0}}), Error);
}

}  // namespace
}  // namespace mirim::chart
