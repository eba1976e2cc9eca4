#include "mirim/ops/softmax.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
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

// 20,000 equal classes, and one of exp(127 * 0.05) = 572 of them: 2.8 % of all, or 7 of 256.
TEST(Softmax, of_8_bits_takes_more_classes_than_its_sum_has_bits_for) {
  Tensor x({DType::int8, {2, 20'001}}, {{0.05F}, {0}});
  std::span<std::int8_t> elements = x.view().as<std::int8_t>();
  elements[7] = 127;
  const Quantization scale{{1.0F / 256}, {-128}};
  const auto y = test::values<std::int8_t>(test::run_op(Softmax{}, {x}, scale));
  EXPECT_EQ(y[7], 7 - 128);
  EXPECT_EQ(std::count(y.begin(), y.end(), -128), 2 * 20'001 - 1) << "all others, and the row of equals";
  EXPECT_THROW(test::run_op(Softmax{.to_int16 = true}, {x}, {{1.0F / 65536}, {-32768}}), Error);
}

TEST(Softmax, gradients_are_right) {
  test::expect_gradients(Softmax{}, {random_tensor({3, 5}, 1)});
  test::expect_gradients(Softmax{.beta = 0.5F}, {random_tensor({2, 2, 3}, 2)});
}

}  // namespace
}  // namespace mirim
