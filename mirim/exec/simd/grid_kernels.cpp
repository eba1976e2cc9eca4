#include "mirim/exec/simd/grid_kernels.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "mirim/exec/parallel.hpp"

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/grid_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr D d;

Ends round_stretch(const GridSteps& grid, const float* x, float* y, std::int64_t count) {
  const V scale = hn::Set(d, grid.scale), inverse = hn::Set(d, 1 / grid.scale);
  const V least = hn::Set(d, grid.least), most = hn::Set(d, grid.most);
  V low = hn::Zero(d), high = hn::Zero(d);
  const auto step = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + step <= count; i += step) {
    const V v = hn::LoadU(d, x + i);
    low = hn::Min(low, v);
    high = hn::Max(high, v);
    const V steps = hn::Min(hn::Max(hn::Mul(v, inverse), least), most);
    hn::StoreU(hn::Mul(hn::Round(steps), scale), d, y + i);
  }
  Ends ends{hn::GetLane(hn::MinOfLanes(d, low)), hn::GetLane(hn::MaxOfLanes(d, high))};
  const float reciprocal = 1 / grid.scale;
  for (; i < count; ++i) {
    ends = {std::min(ends.min, x[i]), std::max(ends.max, x[i])};
    y[i] = std::nearbyint(std::min(std::max(x[i] * reciprocal, grid.least), grid.most)) * grid.scale;
  }
  return ends;
}

double gradient_stretch(const GridSteps& grid, const float* x, const float* dy, float* dx, std::int64_t count,
                        bool learn) {
  const V inverse = hn::Set(d, 1 / grid.scale);
  const V least = hn::Set(d, grid.least), most = hn::Set(d, grid.most);
  const V below = hn::Set(d, grid.least - 0.5F), above = hn::Set(d, grid.most + 0.5F);
  V sum = hn::Zero(d);
  const auto step = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t i = 0;
  for (; i + step <= count; i += step) {
    const V steps = hn::Mul(hn::LoadU(d, x + i), inverse);
    const V g = hn::LoadU(d, dy + i);
    const auto inside = hn::And(hn::Ge(steps, below), hn::Le(steps, above));
    if (learn) {
      const V outside = hn::Min(hn::Max(steps, least), most);
      sum = hn::MulAdd(g, hn::IfThenElse(inside, hn::Sub(hn::Round(steps), steps), outside), sum);
    }
    hn::StoreU(hn::IfThenElseZero(inside, g), d, dx + i);
  }
  double total = static_cast<double>(hn::GetLane(hn::SumOfLanes(d, sum)));
  const float reciprocal = 1 / grid.scale;
  for (; i < count; ++i) {
    const float steps = x[i] * reciprocal;
    const bool inside = steps >= grid.least - 0.5F && steps <= grid.most + 0.5F;
    const float slope = inside ? std::nearbyint(steps) - steps : std::clamp(steps, grid.least, grid.most);
    total += static_cast<double>(dy[i] * slope);
    dx[i] = inside ? dy[i] : 0.0F;
  }
  return total;
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {
namespace {

/// A fixed number of stretches: their sums do not depend on the number of threads.
constexpr int kStretches = 16;

template <class Result, class Work>
std::array<Result, kStretches> in_stretches(std::int64_t count, const Work& work) {
  std::array<Result, kStretches> results{};
  const auto stretch = [&](int part) {
    const auto edge = [&](int p) { return p == kStretches ? count : count * p / kStretches / 16 * 16; };
    results[static_cast<std::size_t>(part)] = work(edge(part), edge(part + 1) - edge(part));
  };
  if (count >= 2 * kWorthAThread) {
    for_each_part(kStretches, stretch);
  } else {
    for (int part = 0; part < kStretches; ++part) stretch(part);
  }
  return results;
}

}  // namespace

HWY_EXPORT(round_stretch);
Ends round_to_grid(const GridSteps& grid, const float* x, float* y, std::int64_t count) {
  const auto parts = in_stretches<Ends>(count, [&](std::int64_t at, std::int64_t some) {
    return HWY_DYNAMIC_DISPATCH(round_stretch)(grid, x + at, y + at, some);
  });
  Ends ends;
  for (const Ends& part : parts) ends = {std::min(ends.min, part.min), std::max(ends.max, part.max)};
  return ends;
}

HWY_EXPORT(gradient_stretch);
double grid_gradient(const GridSteps& grid, const float* x, const float* dy, float* dx, std::int64_t count,
                     bool learn) {
  const auto parts = in_stretches<double>(count, [&](std::int64_t at, std::int64_t some) {
    return HWY_DYNAMIC_DISPATCH(gradient_stretch)(grid, x + at, dy + at, dx + at, some, learn);
  });
  double sum = 0;
  for (const double part : parts) sum += part;
  return sum;
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
