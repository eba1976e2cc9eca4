#include "mirim/ops/concatenation.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(Concatenation, inputs_follow_each_other_along_the_axis) {
  const Tensor a = tensor({2, 1}, {1, 2}), b = tensor({2, 2}, {3, 4, 5, 6});
  EXPECT_THAT(floats(Concatenation{.axis = 1}, {a, b}), ElementsAre(1, 3, 4, 2, 5, 6));
  EXPECT_THAT(floats(Concatenation{.axis = -2}, {b, b}), ElementsAre(3, 4, 5, 6, 3, 4, 5, 6));
}

TEST(Concatenation, shapes_may_differ_along_the_axis_only) {
  EXPECT_EQ(infer(Concatenation{.axis = 3}, {random_tensor({1, 2, 2, 3}, 1), random_tensor({1, 2, 2, 5}, 2)}).shape,
            (Shape{1, 2, 2, 8}));
  EXPECT_THROW(infer(Concatenation{.axis = 0}, {random_tensor({1, 2}, 1), random_tensor({1, 3}, 2)}), Error);
  EXPECT_THROW(infer(Concatenation{.axis = 0}, {random_tensor({1, 2}, 1), random_tensor({2}, 2)}), Error);
  EXPECT_THROW(infer(Concatenation{.axis = 2}, {random_tensor({1, 2}, 1)}), Error);
  EXPECT_THROW(infer(Concatenation{}, {}), Error);
}

TEST(Concatenation, gradients_are_right) {
  test::expect_gradients(Concatenation{.axis = 1},
                         {random_tensor({2, 1, 2}, 1), random_tensor({2, 3, 2}, 2), random_tensor({2, 2, 2}, 3)});
}

}  // namespace
}  // namespace mirim
