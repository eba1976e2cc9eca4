#pragma once

#include <cstdint>

namespace mirim::simd {

/// c[m][n] = (c[m][n] +) sum over k of a[m][k] * b[k][n], for small matrices that stay in the caches. Each sum goes
/// over k in order, in one chain, so its bits do not depend on how rows and columns are shared out.
struct PanelProduct {
  std::int64_t rows = 0;     ///< m
  std::int64_t columns = 0;  ///< n, a multiple of `vector_lanes()`
  std::int64_t terms = 0;    ///< k
  const float* a = nullptr;  ///< a[m][k] at m * a_row + k * a_term
  std::int64_t a_row = 0;
  std::int64_t a_term = 1;
  const float* b = nullptr;  ///< in panels of `panel_columns()` columns, b_panel floats apart; b_term from k to k + 1
  std::int64_t b_panel = 0;
  std::int64_t b_term = 0;
  float* c = nullptr;  ///< rows c_row floats apart
  std::int64_t c_row = 0;
  bool adds = true;  ///< to what c holds
};

void run(const PanelProduct& product);

/// Floats of a vector, and columns of a panel, on this CPU.
std::int64_t vector_lanes();
std::int64_t panel_columns();

/// `count` up to the next multiple of `vector_lanes()`.
std::int64_t whole_vectors(std::int64_t count);

/// Matrix b whose panels lie one behind the other, each with its terms in order: no two rows of a panel then compete
/// for one place in the cache.
class Panels {
 public:
  Panels() = default;
  /// `columns` is a multiple of `vector_lanes()`.
  Panels(std::int64_t terms, std::int64_t columns) : terms_(terms), columns_(columns) {}

  std::int64_t floats() const;
  /// The place of b[k][n] in `floats()` floats.
  std::int64_t at(std::int64_t k, std::int64_t n) const;
  /// Sets the product's terms, columns and b.
  void give(const float* packed, PanelProduct& product) const;

 private:
  std::int64_t terms_ = 0, columns_ = 0;
};

}  // namespace mirim::simd
