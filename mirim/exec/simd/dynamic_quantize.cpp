#include "mirim/exec/simd/dynamic_quantize.hpp"

#include <algorithm>

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/dynamic_quantize.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using Integers = hn::RebindToSigned<D>;
using Bytes = hn::Rebind<std::int8_t, D>;
using V = hn::Vec<D>;
constexpr D d;
constexpr Integers integers;
constexpr Bytes bytes;

// `count` floats, then zeros.
HWY_INLINE V load_some(const float* p, std::int64_t count) {
  HWY_ALIGN float some[16] = {};
  std::copy_n(p, count, some);
  return hn::Load(d, some);
}
HWY_INLINE void store_some(V v, float* p, std::int64_t count) {
  HWY_ALIGN float some[16];
  hn::Store(v, d, some);
  std::copy_n(some, count, p);
}

// As round_within: ties away from zero, 0 for NaN.
HWY_INLINE hn::Vec<Integers> rounded(V x) {
  const V zero = hn::Zero(d), far = hn::Set(d, 1000.0F), half = hn::Set(d, 0.5F);
  const V near = hn::IfThenElse(hn::Eq(x, x), hn::Min(hn::Max(x, hn::Sub(zero, far)), far), zero);
  const auto whole = hn::ConvertTo(integers, near);
  const V rest = hn::Sub(near, hn::ConvertTo(d, whole));
  const V step = hn::Sub(hn::IfThenElseZero(hn::Ge(rest, half), hn::Set(d, 1.0F)),
                         hn::IfThenElseZero(hn::Le(rest, hn::Sub(zero, half)), hn::Set(d, 1.0F)));
  return hn::Add(whole, hn::ConvertTo(integers, step));
}

// The smallest and largest of the elements and 0, without NaN. Several of each hide the time of a comparison.
micro::FloatRange range_with_zero(const float* x, std::int64_t count) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V zero = hn::Zero(d);
  V least[4] = {zero, zero, zero, zero}, most[4] = {zero, zero, zero, zero};
  const auto take = [&](V v, int i) {
    const V number = hn::IfThenElseZero(hn::Eq(v, v), v);
    least[i] = hn::Min(least[i], number);
    most[i] = hn::Max(most[i], number);
  };
  std::int64_t i = 0;
  for (; i + 4 * lanes <= count; i += 4 * lanes) {
    take(hn::LoadU(d, x + i), 0);
    take(hn::LoadU(d, x + i + lanes), 1);
    take(hn::LoadU(d, x + i + 2 * lanes), 2);
    take(hn::LoadU(d, x + i + 3 * lanes), 3);
  }
  for (; i < count; i += lanes) take(load_some(x + i, std::min(lanes, count - i)), 0);
  const V low = hn::Min(hn::Min(least[0], least[1]), hn::Min(least[2], least[3]));
  const V high = hn::Max(hn::Max(most[0], most[1]), hn::Max(most[2], most[3]));
  return {hn::GetLane(hn::MinOfLanes(d, low)), hn::GetLane(hn::MaxOfLanes(d, high))};
}

// steps[i] = clamp(round(zero_point + x[i] * inverse), lowest, 127) ^ flip
void to_steps(const float* x, std::int64_t count, float zero_point, float inverse, std::int32_t lowest,
              std::uint8_t flip, std::int8_t* steps) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V offset = hn::Set(d, zero_point), factor = hn::Set(d, inverse);
  const auto low = hn::Set(integers, lowest), high = hn::Set(integers, 127);
  const auto bits = hn::Set(bytes, static_cast<std::int8_t>(flip));
  const auto step = [&](V v) {
    const auto whole = rounded(hn::Add(offset, hn::Mul(v, factor)));
    return hn::Xor(hn::DemoteTo(bytes, hn::Min(hn::Max(whole, low), high)), bits);
  };
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(step(hn::LoadU(d, x + i)), bytes, steps + i);
  if (i < count) {
    HWY_ALIGN std::int8_t some[16];
    hn::Store(step(load_some(x + i, count - i)), bytes, some);
    std::copy_n(some, count - i, steps + i);
  }
}

void finish(const DynamicResult& r, float input_scale, std::int32_t zero_point, void* y, std::int64_t rows,
            std::int64_t channels) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V least = hn::Set(d, r.least), most = hn::Set(d, r.most);
  const auto zero = hn::Set(integers, zero_point);
  for (std::int64_t c = 0; c < channels; c += lanes) {
    const auto offset = hn::Mul(zero, hn::LoadU(integers, r.total + c));
    const V scale = hn::Mul(hn::LoadU(d, r.scale + c), hn::Set(d, input_scale));
    const V bias = hn::LoadU(d, r.bias + c);
    const auto result = [&](V sum) {
      const auto steps = hn::Sub(hn::BitCast(integers, sum), offset);
      const V value = hn::Add(hn::Mul(hn::ConvertTo(d, steps), scale), bias);
      // NaN, of an infinite input, is kept.
      return hn::IfThenElse(hn::Lt(value, least), least, hn::IfThenElse(hn::Gt(value, most), most, value));
    };
    float* at = static_cast<float*>(y) + c;
    if (c + lanes <= channels) {
      for (std::int64_t m = 0; m < rows; ++m, at += channels) hn::StoreU(result(hn::LoadU(d, at)), d, at);
    } else {
      for (std::int64_t m = 0; m < rows; ++m, at += channels) {
        store_some(result(load_some(at, channels - c)), at, channels - c);
      }
    }
  }
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(range_with_zero);
HWY_EXPORT(to_steps);
HWY_EXPORT(finish);

micro::DynamicScale quantize_dynamic(const float* x, std::int64_t count, bool asymmetric, std::uint8_t flip,
                                     std::int8_t* steps) {
  const micro::FloatRange range = HWY_DYNAMIC_DISPATCH(range_with_zero)(x, count);
  const micro::DynamicSteps s = asymmetric ? micro::asymmetric_steps(range) : micro::symmetric_steps(range);
  HWY_DYNAMIC_DISPATCH(to_steps)
  (x, count, static_cast<float>(s.scale.zero_point), s.inverse, s.least, flip, steps);
  return s.scale;
}

void finish_dynamic(const DynamicResult& result, float input_scale, std::int32_t zero_point, void* y, std::int64_t rows,
                    std::int64_t channels) {
  HWY_DYNAMIC_DISPATCH(finish)(result, input_scale, zero_point, y, rows, channels);
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
