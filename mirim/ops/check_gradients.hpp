#pragma once

#include <cstdint>
#include <vector>

#include "mirim/graph/op.hpp"

namespace mirim {

/// The result of check_gradients. Errors are relative to the largest numeric derivative of the same input, or to 1 if
/// that is smaller.
struct GradientCheck {
  double error = 0;  ///< largest |analytic - numeric|
  double uncertainty =
      0;           ///< largest difference of the numeric derivative at two steps: a kink, or rounding, when large
  int input = -1;  ///< where `error` is
  std::int64_t element = -1;
  double analytic = 0;
  double numeric = 0;
};

/// Compares the operator's backward with finite differences of its forward_training, for every element of every float32
/// input.
///
/// The loss is sum over outputs of r * y with random r, so dL/dy = r. The numeric derivative at x is (4 D(h) - D(2h)) /
/// 3 with D(h) = (L(x + h) - L(x - h)) / 2h, whose error is of order h^4; it is as reliable as D(h) and D(2h) agree.
/// An empty tensor is an absent operand. For the state of an operator that keeps one, dL/dx is that of what it begins
/// with. Inputs must stay 2h away from kinks (ReLU's zero). `seed` is also the seed of the training state. Throws what
/// the operator throws.
GradientCheck check_gradients(const Op& op, const std::vector<Tensor>& inputs, std::uint64_t seed = 1,
                              double step = 0x1p-6);

}  // namespace mirim
