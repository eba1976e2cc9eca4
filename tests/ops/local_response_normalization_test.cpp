#include "mirim/ops/local_response_normalization.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::random_tensor, test::tensor;
using testing::FloatNear, testing::Pointwise;

// Channels 1 and 2, with beta 1: 1 / (1 + 1 + 4), 2 / (1 + 1 + 4 + 9), 3 / (1 + 4 + 9).
TEST(LocalResponseNormalization, divides_by_its_neighbours_on_both_sides) {
  const LocalResponseNormalization op{.radius = 1, .bias = 1, .alpha = 1, .beta = 1};
  EXPECT_THAT(floats(op, {tensor({1, 1, 1, 3}, {1, 2, 3})}),
              Pointwise(FloatNear(1e-6F), std::vector<float>{1.0F / 6, 2.0F / 15, 3.0F / 14}));
  // The kernel for devices.
  EXPECT_THAT(test::values(test::run_op_at_run_time(op, {tensor({1, 1, 1, 3}, {1, 2, 3})}, {0})),
              Pointwise(FloatNear(1e-6F), std::vector<float>{1.0F / 6, 2.0F / 15, 3.0F / 14}));
}

TEST(LocalResponseNormalization, gradients_are_right) {
  test::expect_gradients(LocalResponseNormalization{.radius = 1, .bias = 2, .alpha = 0.5F, .beta = 0.75F},
                         {random_tensor({1, 2, 1, 4}, 1)});
}

TEST(LocalResponseNormalization, a_negative_radius_is_refused) {
  EXPECT_THROW(infer(LocalResponseNormalization{.radius = -1}, {random_tensor({1, 1, 1, 2}, 1)}), Error);
  EXPECT_THROW(infer(LocalResponseNormalization{}, {random_tensor({1, 2}, 1)}), Error);
}

}  // namespace
}  // namespace mirim
