#include "mirim/ops/pad.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

// One row in front; one column at the end.
TEST(Pad, zeros_stand_in_front_and_at_the_end) {
  EXPECT_THAT(floats(Pad{}, {tensor({2, 2}, {1, 2, 3, 4}), indices({2, 2}, {1, 0, 0, 1})}),
              ElementsAre(0, 0, 0, 1, 2, 0, 3, 4, 0));
}

TEST(Pad, gradients_are_right) {
  test::expect_gradients(Pad{}, {random_tensor({1, 2, 3, 2}, 1), indices({4, 2}, {0, 0, 1, 2, 0, 1, 1, 0})});
}

TEST(Pad, paddings_that_do_not_fit_are_refused) {
  const Tensor x = random_tensor({2, 2}, 1);
  EXPECT_THROW(infer(Pad{}, {x, indices({1, 2}, {1, 1})}), Error);
  EXPECT_THROW(infer(Pad{}, {x, indices({2, 2}, {1, 1, -1, 0})}), Error);
  EXPECT_THROW(infer(Pad{}, {x, tensor({2, 2}, {0, 0, 0, 0})}), Error);
}

TEST(Pad, versions_are_those_of_tflite) {
  const Tensor five = random_tensor({1, 1, 1, 1, 1}, 1);
  EXPECT_EQ(test::version(Pad{}, {five, indices({5, 2}, std::vector<std::int32_t>(10))}), 4);
  EXPECT_EQ(test::version(Pad{}, {Tensor({DType::int8, {1}}), indices({1, 2}, {0, 0})}), 2);
}

}  // namespace
}  // namespace mirim
