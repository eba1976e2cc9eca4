#include "mirim/ops/rfft2d.hpp"

#include <cmath>
#include <complex>
#include <limits>
#include <numbers>

#include "mirim/base/error.hpp"
#include "mirim/ops/complex_parts.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::run_op, test::tensor;
using testing::ElementsAre, testing::FloatNear, testing::Pointwise;

std::vector<float> pairs(const Tensor& y) {
  const auto* first = reinterpret_cast<const float*>(y.bytes.data());
  return {first, first + y.bytes.size() / sizeof(float)};
}

Tensor complex(Shape shape, const std::vector<float>& parts) {
  Tensor result({DType::complex64, std::move(shape)});
  std::memcpy(result.bytes.data(), parts.data(), result.bytes.size());
  return result;
}

// 1 2 3 4: the sum 10; 1 + 2(-i) + 3(-1) + 4i = -2 + 2i; 1 - 2 + 3 - 4 = -2.
TEST(Rfft2d, a_row_of_four_by_hand) {
  const Tensor y = run_op(Rfft2d{}, {tensor({1, 4}, {1, 2, 3, 4}), indices({2}, {1, 4})});
  EXPECT_EQ(y.type, (TensorType{DType::complex64, {1, 3}}));
  EXPECT_THAT(pairs(y), Pointwise(FloatNear(1e-6F), std::vector<float>{10, 0, -2, 2, -2, 0}));
}

// Columns are transformed too: 1 2 / 3 4 has the sums 10, -2 along rows, and 4 - ... : rows (3, -1) and (7, -1) give
// 10, -2 and -4, 0.
TEST(Rfft2d, two_axes_by_hand) {
  const Tensor y = run_op(Rfft2d{}, {tensor({2, 2}, {1, 2, 3, 4}), indices({2}, {2, 2})});
  EXPECT_THAT(pairs(y), Pointwise(FloatNear(1e-6F), std::vector<float>{10, 0, -2, 0, -4, 0, 0, 0}));
}

// 5 6 7 cut to two: 11, -1. Padded with a zero to four: 18; 5 - 6i - 7 = -2 - 6i; 5 - 6 + 7 = 6.
TEST(Rfft2d, cuts_or_pads_to_the_length) {
  const Tensor x = tensor({1, 3}, {5, 6, 7});
  EXPECT_THAT(pairs(run_op(Rfft2d{}, {x, indices({2}, {1, 2})})),
              Pointwise(FloatNear(1e-6F), std::vector<float>{11, 0, -1, 0}));
  EXPECT_THAT(pairs(run_op(Rfft2d{}, {x, indices({2}, {1, 4})})),
              Pointwise(FloatNear(1e-6F), std::vector<float>{18, 0, -2, -6, 6, 0}));
}

TEST(Rfft2d, is_the_sum_of_its_definition) {
  for (const auto& [height, width] : {std::pair{1, 1}, {1, 2}, {4, 1}, {2, 16}, {8, 8}, {16, 4}, {1, 256}}) {
    const Tensor x = random_tensor({3, height, width}, 1);
    const auto y = pairs(run_op(Rfft2d{}, {x, indices({2}, {height, width})}));
    std::size_t at = 0;
    for (int n = 0; n < 3; ++n) {
      for (int u = 0; u < height; ++u) {
        for (int v = 0; v <= width / 2; ++v, at += 2) {
          std::complex<double> sum = 0;
          for (int i = 0; i < height; ++i) {
            for (int j = 0; j < width; ++j) {
              const double turns = double(u) * i / height + double(v) * j / width;
              sum += double(x.as<float>()[std::size_t((n * height + i) * width + j)]) *
                     std::polar(1.0, -2 * std::numbers::pi * turns);
            }
          }
          EXPECT_NEAR(y[at], sum.real(), 2e-5) << height << " " << width << " at " << u << " " << v;
          EXPECT_NEAR(y[at + 1], sum.imag(), 2e-5) << height << " " << width << " at " << u << " " << v;
        }
      }
    }
  }
}

TEST(Rfft2d, refuses_lengths_that_are_no_powers_of_two) {
  const Tensor x = random_tensor({4, 4}, 1);
  for (const int length : {0, -4, 3, 12}) {
    EXPECT_THROW(infer(Rfft2d{}, {x, indices({2}, {1, length})}), Unsupported) << length;
  }
  EXPECT_THROW(infer(Rfft2d{}, {x, indices({1}, {4})}), Error);
  EXPECT_THROW(infer(Rfft2d{}, {random_tensor({4}, 1), indices({2}, {1, 4})}), Error);
}

TEST(ComplexParts, are_those_of_the_number) {
  const Tensor z = complex({3}, {3, 4, -1, 0, 0, -2});
  EXPECT_THAT(floats(Real{}, {z}), ElementsAre(3, -1, 0));
  EXPECT_THAT(floats(Imag{}, {z}), ElementsAre(4, 0, -2));
  EXPECT_THAT(floats(ComplexAbs{}, {z}), ElementsAre(5, 1, 2));
}

// Squares would overflow, or vanish.
TEST(ComplexParts, the_magnitude_of_large_and_small_numbers) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const auto y =
      floats(ComplexAbs{}, {complex({6}, {3e30F, 4e30F, 3e-30F, 4e-30F, 0, 0, kInfinity, NAN, NAN, 0, 1, NAN})});
  EXPECT_FLOAT_EQ(y[0], 5e30F);
  EXPECT_FLOAT_EQ(y[1], 5e-30F);
  EXPECT_EQ(y[2], 0);
  EXPECT_EQ(y[3], kInfinity);
  EXPECT_TRUE(std::isnan(y[4]));
  EXPECT_TRUE(std::isnan(y[5]));
}

TEST(ComplexParts, refuse_reals) { EXPECT_THROW(infer(Real{}, {random_tensor({2}, 1)}), Unsupported); }

}  // namespace
}  // namespace mirim
