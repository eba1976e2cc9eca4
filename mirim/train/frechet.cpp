#include "mirim/train/frechet.hpp"

#include <Eigen/Eigenvalues>
#include <algorithm>
#include <cmath>

namespace mirim {
namespace {

using Matrix = Eigen::MatrixXd;

struct Moments {
  Eigen::VectorXd mean;
  Matrix covariance;
};

Moments moments_of(const std::vector<float>& rows, std::size_t size) {
  const auto columns = static_cast<Eigen::Index>(size), count = static_cast<Eigen::Index>(rows.size() / size);
  const Eigen::Map<const Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>> all(rows.data(), count,
                                                                                                    columns);
  Matrix x = all.cast<double>();
  Moments moments{.mean = x.colwise().mean(), .covariance = {}};
  x.rowwise() -= moments.mean.transpose();
  moments.covariance = x.transpose() * x / static_cast<double>(std::max<Eigen::Index>(1, count - 1));
  return moments;
}

/// Means of the elements that fall into each of `parts` parts along an axis of `length`.
std::size_t part_of(std::int64_t at, std::int64_t length, std::int64_t parts) {
  return static_cast<std::size_t>(at * parts / length);
}

}  // namespace

std::vector<float> coarse(const Shape& shape, const std::vector<float>& sample) {
  constexpr std::int64_t kSide = 7, kMost = 256;
  const bool image = shape.rank() == 3 && shape[0] > kSide && shape[1] > kSide;
  const auto count = std::ssize(sample);
  if (!image && count <= kMost) return sample;
  const std::int64_t channels = image ? shape[2] : 1;
  const std::int64_t cells = image ? kSide * kSide * channels : kMost;
  std::vector<float> sums(static_cast<std::size_t>(cells)), counts(sums.size());
  for (std::int64_t i = 0; i < count; ++i) {
    std::size_t cell = 0;
    if (image) {
      const std::int64_t row = i / channels / shape[1], column = i / channels % shape[1];
      cell = (part_of(row, shape[0], kSide) * kSide + part_of(column, shape[1], kSide)) *
                 static_cast<std::size_t>(channels) +
             static_cast<std::size_t>(i % channels);
    } else {
      cell = part_of(i, count, kMost);
    }
    sums[cell] += sample[static_cast<std::size_t>(i)];
    counts[cell] += 1;
  }
  for (std::size_t c = 0; c < sums.size(); ++c) sums[c] /= std::max(1.0F, counts[c]);
  return sums;
}

// tr((C1 C2)^(1/2)) is the sum of the roots of the eigenvalues of S C2 S with S = C1^(1/2), which is symmetric.
double frechet_distance(const std::vector<float>& a, const std::vector<float>& b, std::size_t size) {
  const Moments one = moments_of(a, size), two = moments_of(b, size);
  const Eigen::SelfAdjointEigenSolver<Matrix> solver(one.covariance);
  const Eigen::VectorXd roots = solver.eigenvalues().cwiseMax(0).cwiseSqrt();
  const Matrix root = solver.eigenvectors() * roots.asDiagonal() * solver.eigenvectors().transpose();
  const Eigen::SelfAdjointEigenSolver<Matrix> product(root * two.covariance * root, Eigen::EigenvaluesOnly);
  const double common = product.eigenvalues().cwiseMax(0).cwiseSqrt().sum();
  return std::max(0.0,
                  (one.mean - two.mean).squaredNorm() + one.covariance.trace() + two.covariance.trace() - 2 * common);
}

}  // namespace mirim
