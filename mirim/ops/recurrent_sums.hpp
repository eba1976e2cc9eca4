#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "mirim/graph/op.hpp"

/// Products and sums of gradients for the plain loops of recurrent layers.
namespace mirim {

/// to += matrix [rows, columns] from
inline void add_product(std::span<const float> matrix, const float* from, std::span<float> to) {
  const std::size_t columns = to.empty() ? 0 : matrix.size() / to.size();
  for (std::size_t row = 0; row < to.size(); ++row) {
    const float* weights = matrix.data() + row * columns;
    float sum = to[row];
    for (std::size_t i = 0; i < columns; ++i) sum += weights[i] * from[i];
    to[row] = sum;
  }
}

/// to += transposed matrix [rows, columns] from
inline void add_transposed_product(std::span<const float> matrix, std::span<const float> from, float* to) {
  const std::size_t columns = from.empty() ? 0 : matrix.size() / from.size();
  for (std::size_t row = 0; row < from.size(); ++row) {
    const float* weights = matrix.data() + row * columns;
    for (std::size_t i = 0; i < columns; ++i) to[i] += weights[i] * from[row];
  }
}

/// matrix [rows, columns] += left right^T
inline void add_outer_product(std::span<const float> left, const float* right, std::span<float> matrix) {
  const std::size_t columns = left.empty() ? 0 : matrix.size() / left.size();
  for (std::size_t row = 0; row < left.size(); ++row) {
    float* to = matrix.data() + row * columns;
    for (std::size_t i = 0; i < columns; ++i) to[i] += left[row] * right[i];
  }
}

/// to += from
inline void add_vector(std::span<const float> from, std::span<float> to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += from[i];
}

/// The derivatives of all operands, zeros at first. What is not wanted goes to memory of its own.
class GradientSums {
 public:
  GradientSums(Inputs x, Outputs dx) : unwanted_(static_cast<std::size_t>(x.size())) {
    for (int i = 0; i < x.size(); ++i) {
      auto& unwanted = unwanted_[static_cast<std::size_t>(i)];
      if (x.has(i) && !dx.has(i)) unwanted.resize(x[i].as<float>().size());
      to_.push_back(dx.has(i) ? dx[i].as<float>() : std::span<float>(unwanted));
      std::ranges::fill(to_.back(), 0.0F);
    }
  }

  /// Of operand i; empty if the operand is absent.
  std::span<float> operator[](int i) { return to_[static_cast<std::size_t>(i)]; }

 private:
  std::vector<std::vector<float>> unwanted_;
  std::vector<std::span<float>> to_;
};

/// The floats that a training step keeps from forward to backward.
inline std::span<float> floats_of(TrainingState s) {
  return {reinterpret_cast<float*>(s.bytes.data()), s.bytes.size() / sizeof(float)};
}

}  // namespace mirim
