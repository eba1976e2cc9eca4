#pragma once

#include <span>

/// How sure the mean of a few runs is.
namespace mirim {

/// The t for which Student's distribution with so many degrees of freedom (1 or more) has 95 % between -t and t.
double student_t_95(int degrees);

/// The mean of a sample, and its 95 % confidence interval: mean - half to mean + half, by Student's t.
struct Interval {
  double mean = 0;
  double half = 0;
};

/// half = t s / sqrt(n), s the sample's standard deviation (over n - 1). Of at least two values.
Interval interval_of(std::span<const double> values);

}  // namespace mirim
