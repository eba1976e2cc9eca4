#include "mirim/ops/log_softmax.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

// exp(1) + exp(2) + exp(3) = 30.192875, whose logarithm is 3.4076060.
TEST(LogSoftmax, is_the_logarithm_of_the_share) {
  EXPECT_THAT(test::floats(LogSoftmax{}, {test::tensor({1, 3}, {1, 2, 3})}),
              testing::Pointwise(testing::FloatNear(2e-6F), {-2.4076060F, -1.4076060F, -0.4076060F}));
}

TEST(LogSoftmax, gradients_are_right) { test::expect_gradients(LogSoftmax{}, {test::random_tensor({2, 4}, 1)}); }

TEST(LogSoftmax, an_int8_one_has_its_own_output_scale) {
  const Tensor x({DType::int8, {1, 4}}, {{0.1F}, {0}});
  EXPECT_THROW(test::run_op(LogSoftmax{}, {x}, {{0.1F}, {0}}), Error);
  // Four equal shares: log(1/4) = -1.386 is -22 steps of 1/16 below 127.
  EXPECT_THAT(test::values<std::int8_t>(test::run_op(LogSoftmax{}, {x}, {{1.0F / 16}, {127}})), testing::Each(105));
}

}  // namespace
}  // namespace mirim
