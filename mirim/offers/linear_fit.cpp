#include "mirim/offers/linear_fit.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace mirim {
namespace {

constexpr std::int64_t kLeast = std::numeric_limits<std::int32_t>::min();
constexpr std::int64_t kMost = std::numeric_limits<std::int32_t>::max();

/// Where `start` may be.
class StartRange {
 public:
  StartRange(const Int8Results& results, int shift) : results_(results), shift_(shift) {}

  /// For clamp((start + term) >> shift) to be `y`, and no sum to leave 32 bits on the way.
  void add(std::int64_t term, std::int64_t y) {
    least_ = std::max(least_, kLeast - term), most_ = std::min(most_, kMost - term);
    if (y > results_.activation_min) least_ = std::max(least_, (y << shift_) - term);
    if (y < results_.activation_max) most_ = std::min(most_, ((y + 1) << shift_) - 1 - term);
  }
  bool is_empty() const { return least_ > most_; }
  std::int32_t middle() const { return static_cast<std::int32_t>(least_ + (most_ - least_) / 2); }

 private:
  const Int8Results& results_;
  int shift_;
  std::int64_t least_ = kLeast, most_ = kMost;
};

// Slopes that are a little larger round ties away from zero, as most kernels do.
std::vector<double> factors(int shift) {
  const double step = std::ldexp(1, -shift);
  return {1, 1 + step / 2, 1 + step, 1 - step / 2, 1 + 4 * step, 1 + 16 * step};
}

std::optional<std::int32_t> whole(double x) {
  if (!(std::fabs(x) < 2147483647.0)) return std::nullopt;
  return static_cast<std::int32_t>(std::lround(x));
}

std::optional<std::int32_t> start_of_one(const Int8Results& results, int shift, std::int64_t slope) {
  StartRange start(results, shift);
  for (std::int64_t a = -128; a <= 127 && !start.is_empty(); ++a) {
    start.add((slope * a) >> 8, results.of[static_cast<std::size_t>(a + 128)]);  // NOLINT: a number, no character
  }
  return start.is_empty() ? std::nullopt : std::optional(start.middle());
}

// term(a, b) is what is added to the start.
template <class Term>
std::optional<std::int32_t> start_of_pairs(const Int8Results& results, int shift, Term term) {
  StartRange start(results, shift);
  const std::int8_t* y = results.of.data();
  for (std::int32_t a = -128; a <= 127 && !start.is_empty(); ++a) {
    for (std::int32_t b = -128; b <= 127; ++b) start.add(term(a, b), *y++);
  }
  return start.is_empty() ? std::nullopt : std::optional(start.middle());
}

}  // namespace

std::optional<LinearFit> fit_linear(const Int8Results& results, double slope) {
  for (const int shift : kFitShifts) {
    for (const double factor : factors(shift)) {
      const auto s = whole(std::ldexp(slope * factor, shift + 8));
      if (!s) continue;
      if (const auto start = start_of_one(results, shift, *s)) return LinearFit{shift, *s, 0, *start};
    }
  }
  return std::nullopt;
}

std::optional<LinearFit> fit_linear_pair(const Int8Results& results, double slope1, double slope2) {
  for (const int shift : kFitShifts) {
    for (const double factor : factors(shift)) {
      const auto s1 = whole(std::ldexp(slope1 * factor, shift + 8)), s2 = whole(std::ldexp(slope2 * factor, shift + 8));
      if (!s1 || !s2) continue;
      // Start plus the first term alone is a sum of its own; it is within those with both where b is 0.
      const auto start = start_of_pairs(
          results, shift, [&](std::int64_t a, std::int64_t b) { return ((*s1 * a) >> 8) + ((*s2 * b) >> 8); });
      if (start) return LinearFit{shift, *s1, *s2, *start};
    }
  }
  return std::nullopt;
}

}  // namespace mirim
