#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace mirim {

struct Value;

/// What is true of a constant's numbers, float32 or the integers of int8 weights, beside the numbers themselves: they
/// stay plain, so that any tool reads them, and the form says what a compressed encoding or a further training may rely
/// on. Each part is kept by every command that does not undo it on purpose.
///
/// Rows are the indices of the weights' output axis, columns all other elements of a row in memory order.
struct WeightForm {
  /// Zeros that stay zero: single elements, whole blocks, or at most `keep` numbers in each `of` neighbours of a row.
  struct Sparsity {
    std::int64_t block_rows = 1;
    std::int64_t block_columns = 1;
    std::int64_t keep = 0;  ///< 0: no such rule
    std::int64_t of = 0;

    bool operator==(const Sparsity&) const = default;
  };
  /// At most `centroids` different values; in each row where `per_row`, else in the whole tensor.
  struct Codebook {
    std::int64_t centroids = 0;
    bool per_row = false;

    bool operator==(const Codebook&) const = default;
  };
  /// number = scale[row] * integer with integer in [least, most]; one scale for all rows where there is just one. Of
  /// int8 weights the numbers are the int8 values, the scale is int8_factor.
  struct Grid {
    std::int32_t least = -127;
    std::int32_t most = 127;
    bool has_zero = true;  ///< false for binary weights: only -1 and 1
    std::vector<float> scale{};

    bool operator==(const Grid&) const = default;
  };

  std::optional<Sparsity> sparsity{};
  std::optional<Codebook> codebook{};
  std::optional<Grid> grid{};
  int axis = 0;  ///< of the outputs in the constant's shape; -1: the whole tensor is one row

  bool empty() const { return !sparsity && !codebook && !grid; }
  bool operator==(const WeightForm&) const = default;
};

/// Which row an element of a constant is in, and which column, for a form's `axis`.
class RowsOf {
 public:
  RowsOf(const std::vector<std::int64_t>& dimensions, int axis);
  std::int64_t rows() const { return rows_; }
  std::int64_t columns() const { return columns_; }
  std::int64_t row(std::int64_t element) const { return element / inner_ % rows_; }
  /// The place in memory of a row's column.
  std::int64_t element(std::int64_t row, std::int64_t column) const {
    return column / inner_ * (inner_ * rows_) + row * inner_ + column % inner_;
  }

 private:
  std::int64_t rows_ = 1;
  std::int64_t inner_ = 1;
  std::int64_t columns_ = 1;
};
RowsOf rows_of(const Value& value, int axis);

/// The integers that n bits give on a symmetric grid: 8: [-127, 127], 4: [-7, 7], 2: [-2, 1].
WeightForm::Grid grid_of_bits(int bits);
/// Bits of an integer of the grid: 8, 4, 2 or 1.
int bits_of(const WeightForm::Grid& grid);
/// What int8 weights multiply the grid's integers by: the largest power of two that fits. TensorFlow Lite's kernels
/// round a sum twice, first to whole numbers; larger sums lose less, and so does a bias.
std::int32_t int8_factor(const WeightForm::Grid& grid);

/// The parts of its form that the value's numbers no longer obey are taken off; returns a line for each, with the
/// value's name: "'conv1/weights': has 31 different values, its form says at most 16".
std::vector<std::string> drop_broken_parts(Value& value);

/// What multiplying row r of a constant by factors[r] makes of its form: zeros stay; numbers shared by rows are shared
/// no longer; a grid's scales grow. A negative factor leaves a grid that is not symmetric.
void scale_rows(WeightForm& form, std::span<const float> factors);

/// "pruned in blocks of 1x4, 16 centroids, 4 bits": for people.
std::string to_string(const WeightForm& form);

}  // namespace mirim
