#include "mirim/ops/elementwise_binary.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/compare.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(ElementwiseBinary, values_are_those_of_the_formulas) {
  const std::vector<Tensor> x{tensor({3}, {6, -2, 1}), tensor({3}, {2, 4, 1})};
  EXPECT_THAT(floats(Add{}, x), ElementsAre(8, 2, 2));
  EXPECT_THAT(floats(Sub{}, x), ElementsAre(4, -6, 0));
  EXPECT_THAT(floats(Mul{}, x), ElementsAre(12, -8, 1));
  EXPECT_THAT(floats(Div{}, x), ElementsAre(3, -0.5F, 1));
  EXPECT_THAT(floats(Maximum{}, x), ElementsAre(6, 4, 1));
  EXPECT_THAT(floats(Minimum{}, x), ElementsAre(2, -2, 1));
  EXPECT_THAT(floats(Prelu{}, x), ElementsAre(6, -8, 1));
  EXPECT_THAT(test::values<bool>(test::run_op(Greater{}, x)), ElementsAre(true, false, false));
}

// -7 = -4 * 2 + 1 = 3 * -2 - 1: the quotient is rounded down, the remainder has the divisor's sign.
TEST(ElementwiseBinary, whole_division_rounds_down) {
  const std::vector<Tensor> x{tensor({4}, {7, -7, 7, -7.5F}), tensor({4}, {2, 2, -2, -2})};
  EXPECT_THAT(floats(FloorDiv{}, x), ElementsAre(3, -4, -4, 3));
  EXPECT_THAT(floats(FloorMod{}, x), ElementsAre(1, 1, -1, -1.5F));
  const auto of_integers = [](const Op& op) {
    Tensor a({DType::int32, {6}}), b({DType::int32, {6}});
    std::ranges::copy(std::vector<std::int32_t>{7, -7, 7, -6, 5, INT32_MIN}, a.as<std::int32_t>().begin());
    std::ranges::copy(std::vector<std::int32_t>{2, 2, -2, 3, 0, -1}, b.as<std::int32_t>().begin());
    return test::values<std::int32_t>(test::run_op(op, {a, b}));
  };
  // What C++ leaves undefined: 5 / 0 is 0, and the quotient that does not fit wraps around.
  EXPECT_THAT(of_integers(FloorDiv{}), ElementsAre(3, -4, -4, -2, 0, INT32_MIN));
  EXPECT_THAT(of_integers(FloorMod{}), ElementsAre(1, 1, -1, 0, 0, 0));
}

// (-2)^3 = -8, 4^0.5 = 2; the angle of (0, 1) is pi / 2, of (-1, 0) pi.
TEST(ElementwiseBinary, powers_and_angles) {
  EXPECT_THAT(floats(Pow{}, {tensor({4}, {-2, 4, 0, 2}), tensor({4}, {3, 0.5F, 0, -1})}), ElementsAre(-8, 2, 1, 0.5F));
  const Tensor angles = test::run_op(Atan2{}, {tensor({3}, {1, 0, -1}), tensor({3}, {0, -1, 1})});
  EXPECT_THAT(test::values(angles),
              testing::Pointwise(testing::FloatNear(1e-6F), std::vector<float>{1.5707963F, 3.1415927F, -0.7853982F}));
  // What C++ leaves undefined: 2^31 wraps around, a negative power is rounded towards 0.
  const Tensor a = test::indices({5}, {2, -3, 7, -1, 2}), b = test::indices({5}, {31, 3, 0, -3, -1});
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(Pow{}, {a, b})), ElementsAre(INT32_MIN, -27, 1, -1, 0));
  const Tensor positive = tensor({3}, {0.5F, 1.5F, 3}), other = tensor({3}, {2, -1, 0.5F});
  test::expect_gradients(Pow{}, {positive, other});
  test::expect_gradients(Atan2{}, {positive, other});
}

TEST(ElementwiseBinary, a_fused_activation_clamps) {
  const std::vector<Tensor> x{tensor({3}, {6, -2, 1}), tensor({3}, {2, 1, 1})};
  EXPECT_THAT(floats(Add{.activation = Activation::relu6}, x), ElementsAre(6, 0, 2));
  EXPECT_THAT(floats(Sub{.activation = Activation::relu}, x), ElementsAre(4, 0, 0));
}

// A column (1, 2) against a row (10, 20, 30).
TEST(ElementwiseBinary, both_operands_may_be_repeated) {
  EXPECT_THAT(floats(Add{}, {tensor({2, 1}, {1, 2}), tensor({3}, {10, 20, 30})}), ElementsAre(11, 21, 31, 12, 22, 32));
  EXPECT_THAT(floats(Mul{}, {tensor({}, {2}), tensor({1, 2}, {3, 4})}), ElementsAre(6, 8));
}

TEST(ElementwiseBinary, up_to_six_dimensions_broadcast) {
  const Tensor a = random_tensor({2, 1, 2, 1, 2, 1}, 1), b = random_tensor({1, 2, 1, 2, 1, 2}, 2);
  const Tensor y = test::run_op(Sub{}, {a, b});
  EXPECT_EQ(y.type.shape, (Shape{2, 2, 2, 2, 2, 2}));
  // The last element of the output is the last of each.
  EXPECT_EQ(y.as<float>()[63], a.as<float>()[7] - b.as<float>()[7]);
  // [1,0,0,1,1,0] reads a[1,0,1] and b[0,1,0].
  EXPECT_EQ(y.as<float>()[32 + 4 + 2], a.as<float>()[4 + 1] - b.as<float>()[2]);
  EXPECT_THROW(infer(Sub{}, {random_tensor({1, 1, 1, 1, 1, 1, 1}, 1), b}), Error);
  EXPECT_THROW(infer(Sub{}, {random_tensor({3}, 1), random_tensor({2}, 2)}), Error);
}

TEST(ElementwiseBinary, gradients_are_right) {
  const Tensor a = random_tensor({2, 3}, 1), b = tensor({2, 3}, {1.5F, -2, 0.7F, 3, -1.2F, 2.5F});
  const Tensor row = tensor({3}, {1.5F, -2, 0.7F}), column = tensor({2, 1}, {2, -1.1F});
  for (const Op& op : std::vector<Op>{Add{}, Sub{}, Mul{}, Div{}, Maximum{}, Minimum{}, Prelu{}}) {
    test::expect_gradients(op, {a, b});
    test::expect_gradients(op, {a, row});
    if (!op.is<Prelu>()) test::expect_gradients(op, {column, row});
  }
  test::expect_gradients(Mul{.activation = Activation::relu}, {a, b});
}

TEST(ElementwiseBinary, slopes_of_prelu_may_not_stretch_its_input) {
  EXPECT_EQ(infer(Prelu{}, {random_tensor({2, 3}, 1), random_tensor({3}, 2)}).shape, (Shape{2, 3}));
  EXPECT_THROW(infer(Prelu{}, {random_tensor({2, 1}, 1), random_tensor({3}, 2)}), Error);
}

// TFLite's op_version.cc: a product rescaled by one or more needs version 3.
TEST(ElementwiseBinary, versions_are_those_of_tflite) {
  const Quantization half{{0.5F}, {0}};
  const Tensor a({DType::int8, {2}}, half), b({DType::int8, {2}}, half);
  EXPECT_EQ(test::version(Mul{}, {a, b}, {{0.5F}, {0}}), 2);
  EXPECT_EQ(test::version(Mul{}, {a, b}, {{0.25F}, {0}}), 3);
  EXPECT_EQ(test::version(Add{}, {a, b}, half), 2);
  EXPECT_EQ(test::version(Add{}, {random_tensor({2}, 1), random_tensor({2}, 2)}), 1);
}

}  // namespace
}  // namespace mirim
