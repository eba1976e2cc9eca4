#include "mirim/ops/reshape.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::indices, test::infer, test::random_tensor;

TEST(Reshape, minus_one_is_what_the_others_leave) {
  const Tensor x = random_tensor({2, 3, 4}, 1);
  EXPECT_EQ(infer(Reshape{}, {x, indices({2}, {-1, 4})}).shape, (Shape{6, 4}));
  EXPECT_EQ(infer(Reshape{.new_shape = {2, -1}}, {x}).shape, (Shape{2, 12}));
}

TEST(Reshape, the_shape_tensor_goes_before_the_option) {
  EXPECT_EQ(infer(Reshape{.new_shape = {5, 5}}, {random_tensor({6}, 1), indices({2}, {2, 3})}).shape, (Shape{2, 3}));
}

TEST(Reshape, shapes_that_do_not_fit_are_refused) {
  const Tensor x = random_tensor({6}, 1);
  EXPECT_THROW(infer(Reshape{.new_shape = {4}}, {x}), Error);
  EXPECT_THROW(infer(Reshape{.new_shape = {-1, 4}}, {x}), Error);
  EXPECT_THROW(infer(Reshape{.new_shape = {-1, -1}}, {x}), Error);
  EXPECT_THROW(infer(Reshape{.new_shape = {-1, 0}}, {x}), Error);
  EXPECT_THROW(infer(Reshape{.new_shape = {-6, -1}}, {x}), Error);
}

TEST(Reshape, the_empty_shape_is_a_scalar) {
  EXPECT_EQ(infer(Reshape{}, {random_tensor({1, 1}, 1), indices({0}, {})}).shape, Shape{});
}

TEST(Reshape, a_shape_computed_at_run_time_is_refused) {
  const TensorType x{DType::float32, {6}}, shape{DType::int32, {1}};
  const Quantization none;
  const std::vector<Operand> in{{&x, &none, {}}, {&shape, &none, {}}};
  EXPECT_THROW(Reshape{}.infer(Types(in)), Error);
}

TEST(Reshape, elements_and_gradients_keep_their_order) {
  const Tensor x = random_tensor({2, 3}, 1);
  EXPECT_EQ(test::floats(Reshape{.new_shape = {3, 2}}, {x}), test::values(x));
  test::expect_gradients(Reshape{.new_shape = {3, 2}}, {x});
}

}  // namespace
}  // namespace mirim
