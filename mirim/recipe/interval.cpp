#include "mirim/recipe/interval.hpp"

#include <cassert>
#include <cmath>
#include <numbers>

namespace mirim {
namespace {

/// The share between -t and t: finite sums of angles (Abramowitz and Stegun, 1964, 26.7.3 and 26.7.4).
double share_within(double t, int degrees) {
  const double angle = std::atan(t / std::sqrt(degrees)), sine = std::sin(angle), cosine = std::cos(angle);
  const bool odd = degrees % 2 == 1;
  double sum = 0, term = odd ? cosine : 1;
  for (int power = odd ? 1 : 0; power <= degrees - 2; power += 2) {
    sum += term;
    term *= cosine * cosine * (power + 1) / (power + 2);
  }
  return odd ? 2 / std::numbers::pi * (angle + sine * sum) : sine * sum;
}

}  // namespace

double student_t_95(int degrees) {
  assert(degrees >= 1);
  double low = 0, high = 16;  // 12.7 for one degree, and ever less
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (share_within(middle, degrees) < 0.95 ? low : high) = middle;
  }
  return (low + high) / 2;
}

Interval interval_of(std::span<const double> values) {
  assert(values.size() >= 2);
  const auto n = static_cast<double>(values.size());
  double sum = 0;
  for (const double v : values) sum += v;
  const double mean = sum / n;
  double squares = 0;
  for (const double v : values) squares += (v - mean) * (v - mean);
  const double deviation = std::sqrt(squares / (n - 1));
  return {mean, student_t_95(static_cast<int>(values.size()) - 1) * deviation / std::sqrt(n)};
}

}  // namespace mirim
