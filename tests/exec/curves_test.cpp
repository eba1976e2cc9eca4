#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "mirim/exec/simd/activation_kernels.hpp"

namespace mirim::simd {
namespace {

// A first step of training may drive a sigmoid far out; it must then be 0 or 1, not what exp makes of such a number.
TEST(Curves, logistic_is_its_limit_far_from_zero) {
  const std::vector<float> x{-1e30F, -1000, -200, -104, -88, -20, 0, 20, 200, 1000, 1e30F};
  std::vector<float> y(x.size());
  apply_curve(Curve::logistic, x.data(), y.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(y[i]), 1 / (1 + std::exp(-static_cast<double>(x[i]))), 1e-7) << x[i];
  }
}

TEST(Curves, tanh_and_elu_are_their_limits_far_from_zero) {
  const std::vector<float> x{-1e30F, -1000, -200, 200, 1000, 1e30F};
  std::vector<float> tanh(x.size()), elu(x.size());
  apply_curve(Curve::tanh, x.data(), tanh.data(), static_cast<std::int64_t>(x.size()));
  apply_curve(Curve::elu, x.data(), elu.data(), static_cast<std::int64_t>(x.size()));
  for (std::size_t i = 0; i < x.size(); ++i) {
    EXPECT_FLOAT_EQ(tanh[i], x[i] < 0 ? -1.0F : 1.0F) << x[i];
    EXPECT_FLOAT_EQ(elu[i], x[i] < 0 ? -1.0F : x[i]) << x[i];
  }
}

}  // namespace
}  // namespace mirim::simd
