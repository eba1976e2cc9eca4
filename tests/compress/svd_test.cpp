#include "mirim/compress/svd.hpp"

#include <gmock/gmock.h>

#include <cmath>
#include <numeric>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"

namespace mirim {
namespace {

using testing::DoubleNear;
using testing::Pointwise;

Matrix matrix(std::int64_t rows, std::int64_t columns, std::vector<double> values) {
  Matrix result(rows, columns);
  result.values = std::move(values);
  return result;
}

Matrix random_matrix(std::int64_t rows, std::int64_t columns, std::uint64_t seed) {
  Random random(seed);
  Matrix result(rows, columns);
  for (double& x : result.values) x = random.normal();
  return result;
}

double squared_distance(const Matrix& a, const Matrix& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += (a.values[i] - b.values[i]) * (a.values[i] - b.values[i]);
  return sum;
}

TEST(Svd, of_a_matrix_with_known_singular_values) {
  // [[3, 0], [4, 5]]: a * transposed(a) = [[9, 12], [12, 41]], eigenvalues 45 and 5, vectors (1, 3) and (3, -1).
  const LeftSvd svd = left_svd(matrix(2, 2, {3, 0, 4, 5}));
  const double unit = std::sqrt(10.0);
  EXPECT_THAT(svd.energies, Pointwise(DoubleNear(1e-12), {45.0, 5.0}));
  EXPECT_THAT(svd.basis.values, Pointwise(DoubleNear(1e-12), {1 / unit, 3 / unit, 3 / unit, -1 / unit}));
}

TEST(Svd, energies_are_the_same_for_the_transposed_matrix_and_sum_to_its_own) {
  for (const auto& [rows, columns] : {std::pair{5, 9}, {9, 5}, {6, 6}, {1, 4}, {4, 1}}) {
    const Matrix a = random_matrix(rows, columns, 3);
    const std::vector<double> found = energies(a);
    EXPECT_EQ(std::ssize(found), std::min(rows, columns));
    EXPECT_THAT(found, Pointwise(DoubleNear(1e-10), energies(transposed(a))));
    EXPECT_NEAR(std::accumulate(found.begin(), found.end(), 0.0), squared_distance(a, Matrix(rows, columns)), 1e-10);
  }
}

TEST(Svd, basis_has_right_angles_even_where_energies_are_0) {
  const Matrix a = product(random_matrix(6, 2, 1), random_matrix(2, 8, 2));
  const Matrix basis = left_svd(a).basis;
  const Matrix angles = product(transposed(basis), basis);
  for (std::int64_t r = 0; r < 6; ++r) {
    for (std::int64_t c = 0; c < 6; ++c) EXPECT_NEAR(angles.at(r, c), r == c ? 1 : 0, 1e-12);
  }
}

TEST(LowRankFactors, lose_the_energy_of_the_singular_values_left_out) {
  // Eckart and Young: no matrix of the rank is nearer.
  for (const auto& [rows, columns] : {std::pair{7, 11}, {11, 7}}) {
    const Matrix a = random_matrix(rows, columns, 5);
    const std::vector<double> energy = energies(a);
    for (std::int64_t rank = 1; rank <= 7; ++rank) {
      const auto [left, right] = low_rank_factors(a, rank);
      ASSERT_EQ(left.columns, rank);
      ASSERT_EQ(right.rows, rank);
      const double tail = std::accumulate(energy.begin() + rank, energy.end(), 0.0);
      EXPECT_NEAR(squared_distance(a, product(left, right)), tail, 1e-10) << rank;
    }
  }
}

TEST(LowRankFactors, have_the_same_size_on_both_sides) {
  // Row sums of squares of `right` and column sums of `left` are both the singular value.
  const auto [left, right] = low_rank_factors(random_matrix(6, 9, 8), 3);
  for (std::int64_t k = 0; k < 3; ++k) {
    double l = 0, r = 0;
    for (std::int64_t i = 0; i < 6; ++i) l += left.at(i, k) * left.at(i, k);
    for (std::int64_t i = 0; i < 9; ++i) r += right.at(k, i) * right.at(k, i);
    EXPECT_NEAR(l, r, 1e-10);
  }
}

TEST(LowRankFactors, of_zeros_are_finite) {
  const auto [left, right] = low_rank_factors(Matrix(3, 4), 2);
  EXPECT_EQ(squared_distance(product(left, right), Matrix(3, 4)), 0);
}

TEST(Svd, refuses_what_is_no_number) { EXPECT_THROW(energies(matrix(1, 2, {1, NAN})), Error); }

}  // namespace
}  // namespace mirim
