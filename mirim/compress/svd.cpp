#include "mirim/compress/svd.hpp"

#define EIGEN_MPL2_ONLY
#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cassert>
#include <cmath>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

// By columns, as Eigen's algorithms are compiled for anyway: a Matrix, by rows, is its transposed.
using Columns = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic>;

Eigen::Map<const Columns> transposed_view(const Matrix& a) { return {a.values.data(), a.columns, a.rows}; }
Eigen::Map<Columns> transposed_view(Matrix& a) { return {a.values.data(), a.columns, a.rows}; }

void point_upwards(Matrix& basis) {
  for (std::int64_t c = 0; c < basis.columns; ++c) {
    double largest = 0;
    for (std::int64_t r = 0; r < basis.rows; ++r) {
      // What is larger by rounding alone does not decide.
      if (std::fabs(basis.at(r, c)) > std::fabs(largest) * (1 + 1e-9)) largest = basis.at(r, c);
    }
    if (largest >= 0) continue;
    for (std::int64_t r = 0; r < basis.rows; ++r) basis.at(r, c) = -basis.at(r, c);
  }
}

/// a * transposed(a). Throws Error when a value is no finite number.
Columns gram(const Matrix& a) {
  for (const double value : a.values) {
    if (!std::isfinite(value)) fail("SVD: the matrix holds {}, which is no finite number", value);
  }
  const auto view = transposed_view(a);
  return view.transpose() * view;
}

Eigen::SelfAdjointEigenSolver<Columns> solve(const Matrix& a, int what) {
  Eigen::SelfAdjointEigenSolver<Columns> solver(gram(a), what);
  if (solver.info() != Eigen::Success) fail("SVD: no convergence for a matrix of {} x {}", a.rows, a.columns);
  return solver;
}

/// The solver's eigenvalues, which rise and may be just below 0, from the last on.
std::vector<double> falling(const Eigen::VectorXd& eigenvalues) {
  std::vector<double> result;
  for (Eigen::Index i = eigenvalues.size(); i-- > 0;) result.push_back(std::max(0.0, eigenvalues[i]));
  return result;
}

}  // namespace

Matrix transposed(const Matrix& a) {
  Matrix result(a.columns, a.rows);
  transposed_view(result) = transposed_view(a).transpose();
  return result;
}

Matrix product(const Matrix& a, const Matrix& b) {
  assert(a.columns == b.rows);
  Matrix result(a.rows, b.columns);
  transposed_view(result).noalias() = transposed_view(b) * transposed_view(a);
  return result;
}

Matrix first_columns(const Matrix& a, std::int64_t columns) {
  assert(columns <= a.columns);
  Matrix result(a.rows, columns);
  transposed_view(result) = transposed_view(a).topRows(columns);
  return result;
}

LeftSvd left_svd(const Matrix& a) {
  const auto solver = solve(a, Eigen::ComputeEigenvectors);
  LeftSvd result{Matrix(a.rows, a.rows), falling(solver.eigenvalues())};
  for (std::int64_t c = 0; c < a.rows; ++c) {
    for (std::int64_t r = 0; r < a.rows; ++r) result.basis.at(r, c) = solver.eigenvectors()(r, a.rows - 1 - c);
  }
  point_upwards(result.basis);
  return result;
}

std::vector<double> energies(const Matrix& a) {
  if (a.rows > a.columns) return energies(transposed(a));
  return falling(solve(a, Eigen::EigenvaluesOnly).eigenvalues());
}

std::pair<Matrix, Matrix> low_rank_factors(const Matrix& a, std::int64_t rank) {
  assert(rank >= 1 && rank <= std::min(a.rows, a.columns));
  if (a.rows > a.columns) {  // the smaller side is the cheaper one
    auto [left, right] = low_rank_factors(transposed(a), rank);
    return {transposed(right), transposed(left)};
  }
  const LeftSvd svd = left_svd(a);
  Matrix left = first_columns(svd.basis, rank);
  Matrix right = product(transposed(left), a);
  const double largest = std::sqrt(svd.energies[0]);
  for (std::int64_t k = 0; k < rank; ++k) {
    const double singular = std::sqrt(svd.energies[static_cast<std::size_t>(k)]);
    if (singular <= 1e-8 * largest) continue;  // noise: its row of `right` is next to nothing
    const double root = std::sqrt(singular);
    for (std::int64_t r = 0; r < left.rows; ++r) left.at(r, k) *= root;
    for (std::int64_t c = 0; c < right.columns; ++c) right.at(k, c) /= root;
  }
  return {std::move(left), std::move(right)};
}

}  // namespace mirim
