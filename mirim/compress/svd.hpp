#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace mirim {

/// A dense matrix, rows one after the other.
struct Matrix {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<double> values{};

  Matrix() = default;
  /// Zeros.
  Matrix(std::int64_t r, std::int64_t c) : rows(r), columns(c), values(static_cast<std::size_t>(r * c)) {}
  double& at(std::int64_t r, std::int64_t c) { return values[static_cast<std::size_t>(r * columns + c)]; }
  double at(std::int64_t r, std::int64_t c) const { return values[static_cast<std::size_t>(r * columns + c)]; }
};

Matrix transposed(const Matrix& a);
/// a * b; the sizes must fit (assert).
Matrix product(const Matrix& a, const Matrix& b);
/// The first columns of a.
Matrix first_columns(const Matrix& a, std::int64_t columns);

/// a = basis * diag(singular) * (rows of unit length): the left half of a singular value decomposition. The right half
/// is transposed(basis) * a, with the singular values in it.
struct LeftSvd {
  Matrix basis{};                  ///< [rows, rows], columns of unit length at right angles
  std::vector<double> energies{};  ///< squares of the singular values, falling, `rows` of them
};

/// From the eigenvectors of a * transposed(a). Singular values below about 1e-8 of the largest are noise, and float32
/// weights hold nothing smaller than that. Each basis vector's largest component is positive, so that the result is one
/// of its kind. Costs rows^2 * columns + about 9 * rows^3 multiply-adds: 0.5 s for [512, 4608], 2 s for [1024, 1024].
/// Throws Error when a value is no finite number.
LeftSvd left_svd(const Matrix& a);

/// The energies alone, min(rows, columns) of them; a fifth of the cost. Throws as left_svd.
std::vector<double> energies(const Matrix& a);

/// The nearest product of [rows, rank] and [rank, columns] (Eckart and Young, 1936): what is left out has the energy of
/// the singular values behind `rank`. Both factors have the square root of the singular values, so that neither is much
/// larger than the other.
std::pair<Matrix, Matrix> low_rank_factors(const Matrix& a, std::int64_t rank);

}  // namespace mirim
