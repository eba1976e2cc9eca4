#include "mirim/exec/simd/sparse_product.hpp"

#include <algorithm>
#include <cstddef>

#include "mirim/exec/parallel.hpp"

// One copy of this file for each instruction set: Highway includes it again for each. Sums are arrays of vectors, which
// scalable vectors cannot form.
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SVE | HWY_SVE2 | HWY_SVE_256 | HWY_SVE2_128 | HWY_RVV)
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "mirim/exec/simd/sparse_product.cpp"
#include "hwy/foreach_target.h"
#include "hwy/highway.h"

HWY_BEFORE_NAMESPACE();
namespace mirim::simd::HWY_NAMESPACE {
namespace {
namespace hn = hwy::HWY_NAMESPACE;

using D = hn::ScalableTag<float>;
using V = hn::Vec<D>;
constexpr D d;
constexpr hn::RebindToSigned<D> di;
using D4 = hn::CappedTag<float, 4>;
constexpr D4 d4;

constexpr std::int64_t kLanes = static_cast<std::int64_t>(hn::MaxLanes(D()));
constexpr int kVectors = 8;  ///< sums at a time, to hide the latency of an addition
constexpr std::int64_t kColumns = kVectors * kLanes;
/// Terms of one pass: a panel of this size, 16 or 24 KB, stays in the L1 cache.
constexpr std::int64_t kTerms = kLanes == 16 ? 48 : 4096 / kColumns;
constexpr std::int64_t kListed = kTerms + kLanes;  ///< the last vector of a list is stored whole

/// to[r][c] = from[c][r] for the rows and columns of `to`.
void transpose(const float* from, std::int64_t from_row, std::int64_t rows, std::int64_t columns,
               float* HWY_RESTRICT to, std::int64_t to_row) {
  std::int64_t c = 0;
#if HWY_TARGET != HWY_SCALAR
  for (; c + 4 <= columns; c += 4) {
    const float* at = from + c * from_row;
    std::int64_t r = 0;
    for (; r + 4 <= rows; r += 4) {
      const auto a0 = hn::LoadU(d4, at + r);
      const auto a1 = hn::LoadU(d4, at + from_row + r);
      const auto a2 = hn::LoadU(d4, at + 2 * from_row + r);
      const auto a3 = hn::LoadU(d4, at + 3 * from_row + r);
      const auto low01 = hn::InterleaveLower(d4, a0, a1);
      const auto low23 = hn::InterleaveLower(d4, a2, a3);
      const auto high01 = hn::InterleaveUpper(d4, a0, a1);
      const auto high23 = hn::InterleaveUpper(d4, a2, a3);
      float* out = to + r * to_row + c;
      hn::StoreU(hn::ConcatLowerLower(d4, low23, low01), d4, out);
      hn::StoreU(hn::ConcatUpperUpper(d4, low23, low01), d4, out + to_row);
      hn::StoreU(hn::ConcatLowerLower(d4, high23, high01), d4, out + 2 * to_row);
      hn::StoreU(hn::ConcatUpperUpper(d4, high23, high01), d4, out + 3 * to_row);
    }
    for (; r < rows; ++r) {
      for (std::int64_t i = 0; i < 4; ++i) to[r * to_row + c + i] = at[i * from_row + r];
    }
  }
#endif
  for (; c < columns; ++c) {
    for (std::int64_t r = 0; r < rows; ++r) to[r * to_row + c] = from[c * from_row + r];
  }
}

/// The nonzero elements of one row of a, in one pass.
struct List {
  float value[kListed];
  std::int32_t place[kListed];  ///< of the panel row that it multiplies, in floats
  std::int64_t count;
};

void make_list(const float* a, std::int64_t terms, List& list) {
  // Plain stores, overwritten by the next one: Highway's Compress is slower on AVX2, which has no such instruction.
  std::int64_t count = 0;
  for (std::int64_t k = 0; k < terms; ++k) {
    list.value[count] = a[k];
    list.place[count] = static_cast<std::int32_t>(k * kColumns);
    count += a[k] != 0 ? 1 : 0;
  }
  list.count = count;
}

/// panel[k][0 .. kColumns) = b[k][first ...], padded with zeros.
void pack(const SparseProduct& p, std::int64_t term, std::int64_t terms, std::int64_t first, std::int64_t columns,
          float* HWY_RESTRICT panel) {
  if (columns < kColumns) std::fill_n(panel, terms * kColumns, 0.0F);
  const float* from = p.b + term * p.columns + first;
  for (std::int64_t k = 0; k < terms; ++k) std::copy_n(from + k * p.columns, columns, panel + k * kColumns);
}

struct Pass {
  const List* list;
  const float* panel;
  std::int64_t columns;  ///< real columns of the panel
  bool first;
};

/// kCount vectors of one row of c.
template <int kCount>
HWY_INLINE void add_row(const Pass& pass, float* HWY_RESTRICT c, float* HWY_RESTRICT part) {
  const bool whole = pass.columns >= kCount * kLanes;
  float* to = whole ? c : part;
  if (!whole && !pass.first) std::copy_n(c, pass.columns, part);
  V sum[kCount];
#pragma GCC unroll 8
  for (int v = 0; v < kCount; ++v) sum[v] = pass.first ? hn::Zero(d) : hn::LoadU(d, to + v * kLanes);
  const std::int64_t count = pass.list->count;
  for (std::int64_t i = 0; i < count; ++i) {
    const V factor = hn::Set(d, pass.list->value[i]);
    const float* HWY_RESTRICT row = pass.panel + pass.list->place[i];
#pragma GCC unroll 8
    for (int v = 0; v < kCount; ++v) sum[v] = hn::MulAdd(factor, hn::LoadU(d, row + v * kLanes), sum[v]);
  }
#pragma GCC unroll 8
  for (int v = 0; v < kCount; ++v) hn::StoreU(sum[v], d, to + v * kLanes);
  if (!whole) std::copy_n(part, pass.columns, c);
}

void add_rows(const SparseProduct& p, Pass pass, const List* lists, std::int64_t begin, std::int64_t end,
              std::int64_t first) {
  HWY_ALIGN float part[kColumns] = {};
  const std::int64_t vectors = (pass.columns + kLanes - 1) / kLanes;
  for (std::int64_t m = begin; m < end; ++m) {
    pass.list = lists + (m - begin);
    float* c = p.c + m * p.columns + first;
    if (vectors > 6) {
      add_row<8>(pass, c, part);
    } else if (vectors > 4) {
      add_row<6>(pass, c, part);
    } else if (vectors > 2) {
      add_row<4>(pass, c, part);
    } else {
      add_row<2>(pass, c, part);
    }
  }
}

void run_rows(const SparseProduct& p, std::int64_t begin, std::int64_t end, std::byte* scratch) {
  auto* panel = reinterpret_cast<float*>(scratch);
  auto* column = panel + kTerms * kColumns;
  auto* lists = reinterpret_cast<List*>(column + kTerms * 64);
  for (std::int64_t term = 0; term < p.terms; term += kTerms) {
    const std::int64_t terms = std::min(kTerms, p.terms - term);
    if (p.a_transposed) {
      for (std::int64_t m = begin; m < end; m += 64) {
        const std::int64_t some = std::min<std::int64_t>(64, end - m);
        transpose(p.a + term * p.rows + m, p.rows, some, terms, column, kTerms);
        for (std::int64_t r = 0; r < some; ++r) make_list(column + r * kTerms, terms, lists[m - begin + r]);
      }
    } else {
      for (std::int64_t m = begin; m < end; ++m) make_list(p.a + m * p.terms + term, terms, lists[m - begin]);
    }
    for (std::int64_t first = 0; first < p.columns; first += kColumns) {
      const std::int64_t columns = std::min(kColumns, p.columns - first);
      pack(p, term, terms, first, columns, panel);
      add_rows(p, {nullptr, panel, columns, term == 0}, lists, begin, end, first);
    }
  }
}

std::int64_t bytes_of_part(std::int64_t rows, int threads) {
  const std::int64_t most = (rows + threads - 1) / threads;
  const std::int64_t bytes = kTerms * (kColumns + 64) * std::int64_t{sizeof(float)} + most * std::int64_t{sizeof(List)};
  return (bytes + 63) / 64 * 64;
}

void run(const SparseProduct& p, int threads, void* scratch) {
  const std::int64_t each = bytes_of_part(p.rows, threads);
  for_each_part(threads, [&](int part) {
    run_rows(p, p.rows * part / threads, p.rows * (part + 1) / threads, static_cast<std::byte*>(scratch) + part * each);
  });
}

std::int64_t scratch_bytes(std::int64_t rows, int threads) { return bytes_of_part(rows, threads) * threads; }

std::int64_t count_zeros(const float* a, std::int64_t count) {
  auto zeros = hn::Zero(di);
  std::int64_t i = 0;
  for (; i + kLanes <= count; i += kLanes) {
    zeros = hn::Sub(zeros, hn::VecFromMask(di, hn::RebindMask(di, hn::Eq(hn::LoadU(d, a + i), hn::Zero(d)))));
  }
  std::int64_t sum = hn::GetLane(hn::SumOfLanes(di, zeros));
  for (; i < count; ++i) sum += a[i] == 0 ? 1 : 0;
  return sum;
}

}  // namespace
}  // namespace mirim::simd::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace mirim::simd {

HWY_EXPORT(run);
HWY_EXPORT(scratch_bytes);
HWY_EXPORT(count_zeros);

void multiply_sparse(const SparseProduct& product, int threads, void* scratch) {
  HWY_DYNAMIC_DISPATCH(run)(product, threads, scratch);
}

std::int64_t sparse_product_bytes(std::int64_t rows, int threads) {
  return HWY_DYNAMIC_DISPATCH(scratch_bytes)(rows, threads);
}

bool worth_passing_zeros(const float* a, std::int64_t count) {
  return HWY_DYNAMIC_DISPATCH(count_zeros)(a, count) * 3 >= count;
}

}  // namespace mirim::simd
#endif  // HWY_ONCE
