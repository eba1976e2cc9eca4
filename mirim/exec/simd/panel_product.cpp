#include "mirim/exec/simd/panel_product.hpp"

#include <algorithm>

// One copy of this file for each instruction set: Highway includes it again for each. Sums are arrays of vectors, which
// scalable vectors cannot form.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/panel_product.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<float, 16>;
using V = hn::Vec<D>;
constexpr D d;
constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
constexpr int kVectors = 4;  ///< of a panel
/// Rows whose sums are in registers: 24 or 12 vectors of sums, beside those of b and one of a.
#if HWY_TARGET <= HWY_AVX3 || HWY_ARCH_ARM_A64
constexpr int kRows = 6;
#else
constexpr int kRows = 3;
#endif
/// Terms of one pass: a panel of this size, 16 or 32 KB, stays in the L1 cache.
constexpr std::int64_t kTerms = 128;

template <int kCount, int kWide>
HWY_INLINE void tile(const PanelProduct& p, const float* a, const float* b, float* c, std::int64_t terms, bool adds) {
  V sums[kCount][kWide];
#pragma GCC unroll 8
  for (int m = 0; m < kCount; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < kWide; ++v) {
      sums[m][v] = adds ? hn::LoadU(d, c + m * p.c_row + v * kLanes) : hn::Zero(d);
    }
  }
  for (std::int64_t k = 0; k < terms; ++k, a += p.a_term, b += p.b_term) {
    V of_b[kWide];
#pragma GCC unroll 4
    for (int v = 0; v < kWide; ++v) of_b[v] = hn::LoadU(d, b + v * kLanes);
#pragma GCC unroll 8
    for (int m = 0; m < kCount; ++m) {
      const V of_a = hn::Set(d, a[m * p.a_row]);
#pragma GCC unroll 4
      for (int v = 0; v < kWide; ++v) sums[m][v] = hn::MulAdd(of_a, of_b[v], sums[m][v]);
    }
  }
#pragma GCC unroll 8
  for (int m = 0; m < kCount; ++m) {
#pragma GCC unroll 4
    for (int v = 0; v < kWide; ++v) hn::StoreU(sums[m][v], d, c + m * p.c_row + v * kLanes);
  }
}

// All rows of `kWide` vectors of a panel.
template <int kWide>
void panel(const PanelProduct& p, const float* a, const float* b, float* c, std::int64_t terms, bool adds) {
  const std::int64_t tiles = (p.rows + kRows - 1) / kRows;
  for (std::int64_t t = 0; t < tiles; ++t) {
    const std::int64_t row = p.rows * t / tiles, count = p.rows * (t + 1) / tiles - row;  // all alike, or one more
    const float* from = a + row * p.a_row;
    float* to = c + row * p.c_row;
    switch (count) {
      case 1:
        tile<1, kWide>(p, from, b, to, terms, adds);
        break;
      case 2:
        tile<2, kWide>(p, from, b, to, terms, adds);
        break;
      case 3:
        tile<3, kWide>(p, from, b, to, terms, adds);
        break;
      case 4:
        tile<(kRows > 3 ? 4 : 1), kWide>(p, from, b, to, terms, adds);
        break;
      case 5:
        tile<(kRows > 3 ? 5 : 1), kWide>(p, from, b, to, terms, adds);
        break;
      default:
        tile<(kRows > 3 ? 6 : 1), kWide>(p, from, b, to, terms, adds);
    }
  }
}

void product(const PanelProduct& p) {
  for (std::int64_t first = 0; first < p.terms || (first == 0 && !p.adds); first += kTerms) {
    const std::int64_t terms = std::min(kTerms, p.terms - first);
    const bool adds = p.adds || first > 0;
    const float *a = p.a + first * p.a_term, *b = p.b + first * p.b_term;
    std::int64_t n = 0;
    for (; n + kVectors * kLanes <= p.columns; n += kVectors * kLanes, b += p.b_panel) {
      panel<4>(p, a, b, p.c + n, terms, adds);
    }
    switch ((p.columns - n) / kLanes) {
      case 3:
        panel<3>(p, a, b, p.c + n, terms, adds);
        break;
      case 2:
        panel<2>(p, a, b, p.c + n, terms, adds);
        break;
      case 1:
        panel<1>(p, a, b, p.c + n, terms, adds);
        break;
      default:
        break;
    }
  }
}

std::int64_t lanes() { return kLanes; }

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(product);
HWY_EXPORT(lanes);

void run(const PanelProduct& p) { HWY_DYNAMIC_DISPATCH(product)(p); }

std::int64_t vector_lanes() { return HWY_DYNAMIC_DISPATCH(lanes)(); }
std::int64_t panel_columns() { return 4 * vector_lanes(); }
std::int64_t whole_vectors(std::int64_t count) {
  const std::int64_t width = vector_lanes();
  return (count + width - 1) / width * width;
}

std::int64_t Panels::floats() const {
  const std::int64_t width = panel_columns();
  return (columns_ + width - 1) / width * width * terms_;
}

std::int64_t Panels::at(std::int64_t k, std::int64_t n) const {
  const std::int64_t width = panel_columns();
  return n / width * width * terms_ + k * width + n % width;
}

void Panels::give(const float* packed, PanelProduct& product) const {
  const std::int64_t width = panel_columns();
  product.terms = terms_;
  product.columns = columns_;
  product.b = packed;
  product.b_panel = width * terms_;
  product.b_term = width;
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
