#pragma once

#include <cstdint>

namespace mirim::simd {

/// c[m][n] = sum over k of a(m, k) * b[k][n] for an `a` with many zeros, which are skipped: after a ReLU half of the
/// gradient's elements are 0. Each sum runs from the first k to the last with any number of threads, so results repeat
/// bit for bit on one CPU. A skipped zero hides an infinity or NaN in b.
struct SparseProduct {
  const float* a;  ///< [rows, terms], or [terms, rows] when a_transposed
  bool a_transposed = false;
  const float* b;  ///< [terms, columns]
  float* c;        ///< [rows, columns]
  std::int64_t rows;
  std::int64_t columns;
  std::int64_t terms;
};

/// `scratch` has `sparse_product_bytes` for this number of rows or more.
void multiply_sparse(const SparseProduct& product, int threads, void* scratch);
std::int64_t sparse_product_bytes(std::int64_t rows, int threads);

/// Whether at least a third of `count` elements are zero, so that skipping them pays.
bool worth_passing_zeros(const float* a, std::int64_t count);

}  // namespace mirim::simd
