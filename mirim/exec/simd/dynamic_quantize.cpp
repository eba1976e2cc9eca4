#include "mirim/exec/simd/dynamic_quantize.hpp"

#include <algorithm>
#include <cmath>

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

// Several independent minima and maxima hide the latency of a comparison.
DynamicRange range(const float* x, std::int64_t count) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V zero = hn::Zero(d);
  V least[4] = {zero, zero, zero, zero}, most[4] = {zero, zero, zero, zero}, odd[4] = {zero, zero, zero, zero};
  const auto take = [&](V v, int i) {
    least[i] = hn::Min(least[i], v);
    most[i] = hn::Max(most[i], v);
    odd[i] = hn::MulAdd(v, zero, odd[i]);  // infinity and NaN leave NaN here
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
  const V any = hn::Add(hn::Add(odd[0], odd[1]), hn::Add(odd[2], odd[3]));
  return {{hn::GetLane(hn::MinOfLanes(d, low)), hn::GetLane(hn::MaxOfLanes(d, high))},
          hn::AllTrue(d, hn::Eq(any, zero))};
}

// steps[i] = (zero_point + round(x[i] * inverse)) ^ flip for finite x whose steps lie in int8, up to rounding.
template <class Round>
void to_rounded_steps(const float* x, std::int64_t count, std::int32_t zero_point, float inverse, std::uint8_t flip,
                      std::int8_t* steps, Round round) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V factor = hn::Set(d, inverse);
  const auto offset = hn::Set(integers, zero_point);
  const auto bits = hn::Set(bytes, static_cast<std::int8_t>(flip));
  const auto step = [&](V v) { return hn::Xor(hn::DemoteTo(bytes, hn::Add(offset, round(hn::Mul(v, factor)))), bits); };
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) hn::StoreU(step(hn::LoadU(d, x + i)), bytes, steps + i);
  if (i < count) {
    HWY_ALIGN std::int8_t some[16];
    hn::Store(step(load_some(x + i, count - i)), bytes, some);
    std::copy_n(some, count - i, steps + i);
  }
}

// Ties away from zero.
void to_steps(const float* x, std::int64_t count, std::int32_t zero_point, float inverse, std::uint8_t flip,
              std::int8_t* steps) {
  // The float below 1/2, so that a value just below a tie does not become one; the addition rounds ties up.
  const V half = hn::Set(d, 0x1.fffffep-2F);
  to_rounded_steps(x, count, zero_point, inverse, flip, steps,
                   [&](V exact) { return hn::ConvertTo(integers, hn::Add(exact, hn::CopySign(half, exact))); });
}

void to_steps_to_even(const float* x, std::int64_t count, std::int32_t zero_point, float inverse, std::uint8_t flip,
                      std::int8_t* steps) {
  to_rounded_steps(x, count, zero_point, inverse, flip, steps, [](V exact) { return hn::NearestInt(exact); });
}

void add_block(const std::int32_t* sum, std::int32_t zero_point, const std::int32_t* total, const float* scale,
               std::int64_t channels, float* y) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const auto zero = hn::Set(integers, zero_point);
  std::int64_t c = 0;
  for (; c + lanes <= channels; c += lanes) {
    const auto steps = hn::Sub(hn::LoadU(integers, sum + c), hn::Mul(zero, hn::LoadU(integers, total + c)));
    const V product = hn::Mul(hn::ConvertTo(d, steps), hn::LoadU(d, scale + c));
    hn::StoreU(hn::Add(hn::LoadU(d, y + c), product), d, y + c);
  }
  for (; c < channels; ++c) y[c] += static_cast<float>(sum[c] - zero_point * total[c]) * scale[c];
}

void finish_blocks(const DynamicResult& r, float input_scale, std::int64_t channels, float* y) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V least = hn::Set(d, r.least), most = hn::Set(d, r.most), scale = hn::Set(d, input_scale);
  for (std::int64_t c = 0; c < channels; c += lanes) {
    const std::int64_t count = std::min(lanes, channels - c);
    const V sum = count == lanes ? hn::LoadU(d, y + c) : load_some(y + c, count);
    const V value = hn::Min(most, hn::Max(least, hn::Add(hn::Mul(sum, scale), hn::LoadU(d, r.bias + c))));
    if (count == lanes) {
      hn::StoreU(value, d, y + c);
    } else {
      store_some(value, y + c, count);
    }
  }
}

void finish(const DynamicResult& r, float input_scale, std::int32_t zero_point, void* y, std::int64_t rows,
            std::int64_t channels) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d));
  const V least = hn::Set(d, r.least), most = hn::Set(d, r.most);
  const auto zero = hn::Set(integers, zero_point);
  for (std::int64_t c = 0; c < channels; c += lanes) {
    const auto offset = hn::Mul(zero, hn::LoadU(integers, r.total + c));
    const V one = hn::LoadU(d, r.scale + c), other = hn::Set(d, input_scale);
    const V scale = r.weights_first ? one : hn::Mul(one, other), again = r.weights_first ? other : hn::Set(d, 1.0F);
    const V bias = hn::LoadU(d, r.bias + c);
    const auto result = [&](V sum) {
      const auto steps = hn::Sub(hn::BitCast(integers, sum), offset);
      const V value = hn::Add(hn::Mul(hn::Mul(hn::ConvertTo(d, steps), scale), again), bias);
      return hn::Min(most, hn::Max(least, value));  // in this order NaN, from an infinite input, stays
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

HWY_EXPORT(range);
HWY_EXPORT(to_steps);
HWY_EXPORT(to_steps_to_even);
HWY_EXPORT(add_block);
HWY_EXPORT(finish_blocks);
HWY_EXPORT(finish);

namespace {

void flip_bits(std::int8_t* steps, std::int64_t count, std::uint8_t flip) {
  for (std::int64_t i = 0; i < count; ++i)
    steps[i] = static_cast<std::int8_t>(steps[i] ^ static_cast<std::int8_t>(flip));
}

}  // namespace

micro::DynamicScale quantize_dynamic(const float* x, std::int64_t count, bool asymmetric, std::uint8_t flip,
                                     std::int8_t* steps) {
  const auto [ends, finite] = HWY_DYNAMIC_DISPATCH(range)(x, count);
  const micro::DynamicSteps s = asymmetric ? micro::asymmetric_steps(ends) : micro::symmetric_steps(ends);
  if (finite && std::isfinite(s.inverse)) {
    HWY_DYNAMIC_DISPATCH(to_steps)(x, count, s.scale.zero_point, s.inverse, flip, steps);
    return s.scale;
  }
  const auto size = static_cast<std::int32_t>(count);
  const micro::DynamicScale scale =
      asymmetric ? micro::quantize_asymmetric(x, size, steps) : micro::quantize_symmetric(x, size, steps);
  flip_bits(steps, count, flip);
  return scale;
}

micro::DynamicScale quantize_to_even(const float* x, std::int64_t count, std::uint8_t flip, std::int8_t* steps) {
  const auto [ends, finite] = HWY_DYNAMIC_DISPATCH(range)(x, count);
  const micro::DynamicSteps s = micro::steps_to_even(ends);
  if (finite && std::isfinite(s.inverse)) {
    HWY_DYNAMIC_DISPATCH(to_steps_to_even)(x, count, s.scale.zero_point, s.inverse, flip, steps);
    return s.scale;
  }
  const micro::DynamicScale scale = micro::quantize_to_even(x, static_cast<std::int32_t>(count), steps);
  flip_bits(steps, count, flip);
  return scale;
}

void add_dynamic_block(const std::int32_t* sum, std::int32_t zero_point, const std::int32_t* total, const float* scale,
                       std::int64_t channels, float* y) {
  HWY_DYNAMIC_DISPATCH(add_block)(sum, zero_point, total, scale, channels, y);
}

void finish_dynamic_blocks(const DynamicResult& r, float input_scale, std::int64_t channels, float* y) {
  HWY_DYNAMIC_DISPATCH(finish_blocks)(r, input_scale, channels, y);
}

void finish_dynamic(const DynamicResult& result, float input_scale, std::int32_t zero_point, void* y, std::int64_t rows,
                    std::int64_t channels) {
  HWY_DYNAMIC_DISPATCH(finish)(result, input_scale, zero_point, y, rows, channels);
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
