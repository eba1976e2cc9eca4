#include "mirim/ops/softmax.hpp"

#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::random_tensor, test::tensor;
using testing::ElementsAre, testing::FloatNear, testing::FloatEq;

// exp(ln 1) : exp(ln 3) = 1 : 3.
TEST(Softmax, is_the_share_of_the_exponentials) {
  EXPECT_THAT(floats(Softmax{}, {tensor({1, 2}, {0, 1.0986123F})}),
              ElementsAre(FloatNear(0.25F, 1e-6F), FloatNear(0.75F, 1e-6F)));
}

// exp(2 * ln 3) = 9.
TEST(Softmax, beta_multiplies_the_inputs) {
  EXPECT_THAT(floats(Softmax{.beta = 2}, {tensor({1, 2}, {0, 1.0986123F})}),
              ElementsAre(FloatNear(0.1F, 1e-6F), FloatNear(0.9F, 1e-6F)));
}

TEST(Softmax, large_inputs_do_not_overflow) {
  EXPECT_THAT(floats(Softmax{}, {tensor({2, 2}, {1000, 1000, -1000, 0})}), ElementsAre(0.5F, 0.5F, 0, 1));
}

TEST(Softmax, gradients_are_right) {
  test::expect_gradients(Softmax{}, {random_tensor({3, 5}, 1)});
  test::expect_gradients(Softmax{.beta = 0.5F}, {random_tensor({2, 2, 3}, 2)});
}

}  // namespace
}  // namespace mirim
