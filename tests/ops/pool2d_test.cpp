#include "mirim/ops/pool2d.hpp"

#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::distinct_tensor, test::floats, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(AveragePool2d, is_the_mean_of_the_window) {
  const AveragePool2d op{.stride = {2, 2}, .filter = {2, 2}};
  EXPECT_THAT(floats(op, {tensor({1, 2, 4, 1}, {1, 2, 10, 20, 3, 4, 30, 40})}), ElementsAre(2.5F, 25));
}

// SAME, filter 2: the last window holds only the 9.
TEST(AveragePool2d, padding_does_not_count) {
  const AveragePool2d op{.padding = Padding::same, .filter = {1, 2}};
  EXPECT_THAT(floats(op, {tensor({1, 1, 3, 1}, {1, 5, 9})}), ElementsAre(3, 7, 9));
}

TEST(AveragePool2d, gradients_are_right) {
  const Tensor x = random_tensor({2, 5, 4, 3}, 1);
  test::expect_gradients(AveragePool2d{.stride = {2, 2}, .filter = {2, 2}}, {x});
  test::expect_gradients(AveragePool2d{.padding = Padding::same, .stride = {2, 1}, .filter = {3, 2}}, {x});
}

TEST(MaxPool2d, is_the_largest_of_the_window) {
  const MaxPool2d op{.stride = {2, 2}, .filter = {2, 2}};
  EXPECT_THAT(floats(op, {tensor({1, 2, 4, 1}, {1, 2, -10, -20, 3, 4, -30, -40})}), ElementsAre(4, -10));
}

TEST(MaxPool2d, padding_does_not_count) {
  const MaxPool2d op{.padding = Padding::same, .filter = {1, 2}};
  EXPECT_THAT(floats(op, {tensor({1, 1, 3, 1}, {-1, -5, -9})}), ElementsAre(-1, -5, -9));
}

TEST(MaxPool2d, channels_are_apart) {
  EXPECT_THAT(floats(MaxPool2d{.filter = {1, 2}}, {tensor({1, 1, 2, 2}, {1, 8, 5, 2})}), ElementsAre(5, 8));
}

TEST(MaxPool2d, gradients_are_right) {
  const Tensor x = distinct_tensor({2, 5, 4, 3}, 1);
  test::expect_gradients(MaxPool2d{.stride = {2, 2}, .filter = {2, 2}}, {x});
  test::expect_gradients(MaxPool2d{.padding = Padding::same, .stride = {1, 1}, .filter = {3, 2}}, {x});
}

TEST(MaxPool2d, versions_are_those_of_tflite) {
  EXPECT_EQ(test::version(MaxPool2d{}, {random_tensor({1, 2, 2, 1}, 1)}), 1);
  EXPECT_EQ(test::version(MaxPool2d{}, {Tensor({DType::int8, {1, 2, 2, 1}})}), 2);
}

// sqrt((9 + 16 + 0 + 1) / 4) = 2.5495098; at the end of a row of SAME padding sqrt((16 + 1) / 2) = 2.9154759.
TEST(L2Pool2d, is_the_root_of_the_mean_of_squares) {
  const Tensor x = test::tensor({1, 2, 2, 1}, {3, 4, 0, 1});
  const L2Pool2d op{.padding = Padding::same, .filter = {2, 2}};
  const auto right =
      testing::Pointwise(testing::FloatNear(1e-6F), std::vector<float>{2.5495098F, 2.9154759F, 0.7071068F, 1});
  EXPECT_THAT(test::floats(op, {x}), right);
  EXPECT_THAT(test::values(test::run_op_at_run_time(op, {x}, {0})), right);
  test::expect_gradients(op, {test::random_tensor({1, 3, 3, 2}, 1)});
}

}  // namespace
}  // namespace mirim
