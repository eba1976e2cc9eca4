#include "mirim/chart/trend.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"

namespace mirim::chart {

double Trend::at(double day) const { return std::pow(10.0, log10_at_zero + log10_per_day * day); }

double Trend::doubling_months() const { return std::log10(2.0) / log10_per_day / 30.4375; }

double Trend::times_a_year() const { return std::pow(10.0, log10_per_day * 365.25); }

Trend fit(std::span<const Point> points) {
  if (points.empty()) fail("a fit needs two points of different days");
  const double n = static_cast<double>(points.size());
  double day = 0, height = 0;
  for (const Point& p : points) {
    if (!(p.value > 0)) fail("a fit of logarithms needs values above 0");
    day += p.day / n;
    height += std::log10(p.value) / n;
  }
  // About the means, so that days far from 1970 cost no digits.
  double xx = 0, xy = 0, yy = 0;
  for (const Point& p : points) {
    const double x = p.day - day, y = std::log10(p.value) - height;
    xx += x * x;
    xy += x * y;
    yy += y * y;
  }
  if (!(xx > 0)) fail("a fit needs two points of different days");
  const auto [first, last] = std::ranges::minmax_element(points, {}, &Point::day);
  const double slope = xy / xx;
  return {.points = points.size(),
          .log10_at_zero = height - slope * day,
          .log10_per_day = slope,
          .r_squared = yy > 0 ? xy * xy / (xx * yy) : 1,
          .first_day = first->day,
          .last_day = last->day};
}

}  // namespace mirim::chart
