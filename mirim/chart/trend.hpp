#pragma once

#include <cstddef>
#include <span>

namespace mirim::chart {

/// A value at a time.
struct Point {
  double day = 0;  ///< since 1970-01-01
  double value = 0;
};

/// A line through log10(value) against time, by least squares: log10(value) = log10_at_zero + log10_per_day * day.
struct Trend {
  std::size_t points = 0;
  double log10_at_zero = 0;
  double log10_per_day = 0;
  double r_squared = 0;  ///< 1 of points on a line
  double first_day = 0;
  double last_day = 0;

  double at(double day) const;
  /// Months of 30.4375 days in which the value doubles: negative if it falls.
  double doubling_months() const;
  /// By how much the value is multiplied in a year of 365.25 days.
  double times_a_year() const;
};

/// Throws Error for values that are not above 0, and unless there are two points of different days.
Trend fit(std::span<const Point> points);

}  // namespace mirim::chart
