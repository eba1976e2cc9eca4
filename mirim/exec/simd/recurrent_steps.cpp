#include "mirim/exec/simd/recurrent_steps.hpp"

#include <algorithm>

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/recurrent_steps.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

#include "mirim/exec/simd/curves-inl.hpp"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using namespace curves;

struct Results {
  V cell;
  V y;
};
HWY_INLINE Results results(const LstmStep& s, std::int64_t unit, V cell) {
  const auto gate = [&](std::int64_t g) {
    const std::int64_t at = g * s.units + unit;
    return hn::Add(hn::LoadU(d, s.from_input + at), hn::LoadU(d, s.from_state + at));
  };
  const V kept = hn::Mul(logistic(gate(1)), cell);
  V content = hn::MulAdd(logistic(gate(0)), hyperbolic_tangent(gate(2)), kept);
  content = hn::Min(number(s.clip), hn::Max(number(-s.clip), content));
  return {content, hn::Mul(logistic(gate(3)), hyperbolic_tangent(content))};
}

void lstm_step(const LstmStep& s) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t unit = 0;
  for (; unit + lanes <= s.units; unit += lanes) {
    const Results r = results(s, unit, hn::LoadU(d, s.cell + unit));
    hn::StoreU(r.cell, d, s.cell + unit);
    hn::StoreU(r.y, d, s.y + unit);
  }
  if (unit == s.units) return;
  HWY_ALIGN float cell[16] = {};
  HWY_ALIGN float y[16];
  const std::int64_t left = s.units - unit;
  std::copy_n(s.cell + unit, left, cell);
  const Results r = results(s, unit, hn::Load(d, cell));
  hn::Store(r.cell, d, cell);
  hn::Store(r.y, d, y);
  std::copy_n(cell, left, s.cell + unit);
  std::copy_n(y, left, s.y + unit);
}

// y[u] = make(first unit, last output) for all units.
template <class Make>
HWY_INLINE void for_units(const GruStep& s, Make make) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  std::int64_t unit = 0;
  for (; unit + lanes <= s.units; unit += lanes) {
    hn::StoreU(make(unit, hn::LoadU(d, s.last + unit)), d, s.y + unit);
  }
  if (unit == s.units) return;
  HWY_ALIGN float last[16] = {};
  HWY_ALIGN float y[16];
  const std::int64_t left = s.units - unit;
  std::copy_n(s.last + unit, left, last);
  hn::Store(make(unit, hn::Load(d, last)), d, y);
  std::copy_n(y, left, s.y + unit);
}

HWY_INLINE V sum_of(const GruStep& s, std::int64_t gate, std::int64_t unit) {
  const std::int64_t at = gate * s.units + unit;
  return hn::Add(hn::LoadU(d, s.from_input + at), hn::LoadU(d, s.from_state + at));
}

// z * last + (1 - z) * next
HWY_INLINE V between(V z, V last, V next) { return hn::MulAdd(z, hn::Sub(last, next), next); }

void gru_step(const GruStep& s) {
  for_units(s, [&](std::int64_t unit, V last) {
    const std::int64_t at = 2 * s.units + unit;
    const V r = logistic(sum_of(s, 1, unit));
    const V n = hyperbolic_tangent(hn::MulAdd(r, hn::LoadU(d, s.from_state + at), hn::LoadU(d, s.from_input + at)));
    return between(logistic(sum_of(s, 0, unit)), last, n);
  });
}

void gru_reset(const GruStep& s) {
  for_units(s, [&](std::int64_t unit, V last) { return hn::Mul(logistic(sum_of(s, 1, unit)), last); });
}

void gru_candidate(const GruStep& s, const float* product) {
  for_units(s, [&](std::int64_t unit, V last) {
    const V sum = hn::Add(hn::LoadU(d, s.from_input + 2 * s.units + unit), hn::LoadU(d, product + unit));
    return between(logistic(sum_of(s, 0, unit)), last, hyperbolic_tangent(sum));
  });
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(lstm_step);
HWY_EXPORT(gru_step);
HWY_EXPORT(gru_reset);
HWY_EXPORT(gru_candidate);

void run_lstm_step(const LstmStep& s) { HWY_DYNAMIC_DISPATCH(lstm_step)(s); }
void run_gru_step(const GruStep& s) { HWY_DYNAMIC_DISPATCH(gru_step)(s); }
void run_gru_reset(const GruStep& s) { HWY_DYNAMIC_DISPATCH(gru_reset)(s); }
void run_gru_candidate(const GruStep& s, const float* product) { HWY_DYNAMIC_DISPATCH(gru_candidate)(s, product); }

}  // namespace mirim::simd
#endif  // HWY_ONCE
