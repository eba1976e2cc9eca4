#include "mirim/exec/simd/int8_kernels.hpp"

// One copy of this file for each instruction set: Highway includes it again for each.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/int8_kernels.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace hn = hwy::HWY_NAMESPACE;

// At most a block wide, so that a block is a whole number of vectors.
using D16 = hn::CappedTag<std::int16_t, kInt16Block>;
using D32 = hn::RepartitionToWide<D16>;
using V32 = hn::Vec<D32>;
constexpr D16 d16;
constexpr D32 d32;

void widen(const std::int8_t* HWY_RESTRICT x, std::int32_t offset, std::int16_t* HWY_RESTRICT y, std::int64_t count) {
  const hn::Rebind<std::int8_t, D16> d8;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d16));
  const auto offsets = hn::Set(d16, static_cast<std::int16_t>(offset));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    hn::StoreU(hn::Add(hn::PromoteTo(d16, hn::LoadU(d8, x + i)), offsets), d16, y + i);
  }
  for (; i < count; ++i) y[i] = static_cast<std::int16_t>(x[i] + offset);
}

std::int32_t total(V32 a, V32 b) { return hn::GetLane(hn::SumOfLanes(d32, hn::Add(a, b))); }

// Four rows at a time share the loads of a.
void dot_rows(const std::int16_t* HWY_RESTRICT a, const std::int16_t* HWY_RESTRICT rows, std::int64_t row_count,
              std::int64_t length, std::int32_t* HWY_RESTRICT sums) {
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d16));
  std::int64_t r = 0;
  for (; r + 4 <= row_count; r += 4, rows += 4 * length) {
    V32 low0 = hn::Zero(d32), low1 = low0, low2 = low0, low3 = low0;
    V32 high0 = low0, high1 = low0, high2 = low0, high3 = low0;
    for (std::int64_t k = 0; k < length; k += lanes) {
      const auto x = hn::LoadU(d16, a + k);
      low0 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, rows + k), low0, high0);
      low1 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, rows + length + k), low1, high1);
      low2 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, rows + 2 * length + k), low2, high2);
      low3 = hn::ReorderWidenMulAccumulate(d32, x, hn::LoadU(d16, rows + 3 * length + k), low3, high3);
    }
    sums[r] += total(low0, high0);
    sums[r + 1] += total(low1, high1);
    sums[r + 2] += total(low2, high2);
    sums[r + 3] += total(low3, high3);
  }
  for (; r < row_count; ++r, rows += length) {
    V32 low = hn::Zero(d32), high = low;
    for (std::int64_t k = 0; k < length; k += lanes) {
      low = hn::ReorderWidenMulAccumulate(d32, hn::LoadU(d16, a + k), hn::LoadU(d16, rows + k), low, high);
    }
    sums[r] += total(low, high);
  }
}

void multiply_add(const std::int16_t* HWY_RESTRICT a, const std::int16_t* HWY_RESTRICT b,
                  std::int32_t* HWY_RESTRICT sums, std::int64_t count) {
  const hn::Rebind<std::int16_t, D32> half;
  const auto lanes = static_cast<std::int64_t>(hn::Lanes(d32));
  std::int64_t i = 0;
  for (; i + lanes <= count; i += lanes) {
    const auto x = hn::PromoteTo(d32, hn::LoadU(half, a + i)), y = hn::PromoteTo(d32, hn::LoadU(half, b + i));
    hn::StoreU(hn::Add(hn::LoadU(d32, sums + i), hn::Mul(x, y)), d32, sums + i);
  }
  for (; i < count; ++i) sums[i] += a[i] * b[i];
}

}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(widen);
void widen(const std::int8_t* x, std::int32_t offset, std::int16_t* y, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(widen)(x, offset, y, count);
}

HWY_EXPORT(dot_rows);
void dot_rows(const std::int16_t* a, const std::int16_t* rows, std::int64_t row_count, std::int64_t length,
              std::int32_t* sums) {
  HWY_DYNAMIC_DISPATCH(dot_rows)(a, rows, row_count, length, sums);
}

HWY_EXPORT(multiply_add);
void multiply_add(const std::int16_t* a, const std::int16_t* b, std::int32_t* sums, std::int64_t count) {
  HWY_DYNAMIC_DISPATCH(multiply_add)(a, b, sums, count);
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
