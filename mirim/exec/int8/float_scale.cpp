#include "mirim/exec/int8/float_scale.hpp"

#include <algorithm>
#include <cmath>
#include <vector>

namespace mirim::int8 {
namespace {

/// The least sum, in absolute value, whose result is at least `result`.
struct Step {
  double sum = 0;
  double result = 0;
};

/// floor((sum * multiplier + added) / 2^(31 + right)) for the absolute value of a sum: each of the two roundings adds a
/// half before truncating, so both are one rounding with both halves added. Halves of negative products are rounded
/// towards zero.
void add_steps(const Rounding& r, bool negative, int most, std::vector<Step>& steps) {
  const std::int64_t added =
      (std::int64_t{1} << 30) - (negative ? 1 : 0) + (r.right > 0 ? std::int64_t{1} << (30 + r.right) : 0);
  for (int result = 1; result <= most; ++result) {
    const std::int64_t product = (std::int64_t{result} << (31 + r.right)) - added;
    const std::int64_t sum = (product + r.multiplier - 1) / r.multiplier;
    if (sum > r.largest) return;
    steps.push_back({static_cast<double>(sum), static_cast<double>(result)});
  }
}

/// The half with which all steps are at the right sums for this scale. Products of two floats and differences of a
/// small integer and a float are exact in double.
std::optional<float> fitting_half(const std::vector<Step>& steps, float scale) {
  const auto s = static_cast<double>(scale);
  double least = 0, most = 1;
  for (const Step& step : steps) {
    least = std::max(least, step.result - step.sum * s);
    most = std::min(most, step.result - (step.sum - 1) * s);
  }
  const auto half = static_cast<float>((least + most) / 2);
  if (!(half > 0.125F && half < 1)) return {};
  const bool fits = std::ranges::all_of(steps, [&](const Step& step) {
    const double needed = step.result - static_cast<double>(half);
    return step.sum * s >= needed && (step.sum - 1) * s < needed;
  });
  return fits ? std::optional(half) : std::nullopt;
}

}  // namespace

std::optional<FloatScale> float_scale(const Rounding& r) {
  if (r.largest >= 1 << 24) return {};
  if (r.right > 24) return FloatScale{};  // the first step comes after 2^24
  std::vector<Step> steps;
  steps.reserve(static_cast<std::size_t>(r.up + r.down));
  add_steps(r, false, r.up, steps);
  add_steps(r, true, r.down, steps);
  if (steps.empty()) return FloatScale{};
  constexpr int kTried = 4;  // on either side
  float above = std::ldexp(static_cast<float>(r.multiplier), -31 - r.right), below = above;
  for (int i = 0; i <= kTried; ++i) {
    for (const float scale : {above, below}) {
      if (const auto half = fitting_half(steps, scale)) return FloatScale{scale, *half};
    }
    above = std::nextafter(above, 2.0F);
    below = std::nextafter(below, 0.0F);
  }
  return {};
}

}  // namespace mirim::int8
