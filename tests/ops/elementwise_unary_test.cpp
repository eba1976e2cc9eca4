#include "mirim/ops/elementwise_unary.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/gelu.hpp"
#include "mirim/ops/leaky_relu.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::tensor;
using testing::FloatNear, testing::Pointwise;

void expect_values(const Op& op, const std::vector<float>& x, const std::vector<float>& expected) {
  EXPECT_THAT(floats(op, {tensor({static_cast<std::int64_t>(x.size())}, x)}), Pointwise(FloatNear(2e-6F), expected))
      << op.name();
}

// exp(1) = 2.7182818, exp(-1) = 0.3678794, exp(-2) = 0.1353353; all figures below from a table of these.
TEST(ElementwiseUnary, values_are_those_of_the_formulas) {
  const std::vector<float> x{-4, -2, -1, 0, 1, 2, 7};
  expect_values(Relu{}, x, {0, 0, 0, 0, 1, 2, 7});
  expect_values(Relu6{}, x, {0, 0, 0, 0, 1, 2, 6});
  expect_values(Relu0To1{}, x, {0, 0, 0, 0, 1, 1, 1});
  expect_values(Sign{}, x, {-1, -1, -1, 0, 1, 1, 1});
  expect_values(ReluN1To1{}, x, {-1, -1, -1, 0, 1, 1, 1});
  expect_values(Neg{}, x, {4, 2, 1, 0, -1, -2, -7});
  expect_values(Step{}, x, {0, 0, 0, 0, 1, 1, 1});
  expect_values(HardSwish{}, x, {0, -1.0F / 3, -1.0F / 3, 0, 2.0F / 3, 5.0F / 3, 7});
  expect_values(Softsign{}, x, {-0.8F, -2.0F / 3, -0.5F, 0, 0.5F, 2.0F / 3, 0.875F});
  expect_values(LeakyRelu{.alpha = 0.25F}, x, {-1, -0.5F, -0.25F, 0, 1, 2, 7});
  const std::vector<float> few{-2, -1, 0, 1};
  expect_values(Abs{}, x, {4, 2, 1, 0, 1, 2, 7});
  expect_values(Square{}, x, {16, 4, 1, 0, 1, 4, 49});
  const std::vector<float> halves{-1.5F, -0.5F, 0.5F, 1.5F, 2.25F};
  expect_values(Floor{}, halves, {-2, -1, 0, 1, 2});
  expect_values(Ceil{}, halves, {-1, 0, 1, 2, 3});
  expect_values(Round{}, halves, {-2, 0, 0, 2, 2});  // a half goes to the even neighbour
  expect_values(Sqrt{}, {0, 0.25F, 9}, {0, 0.5F, 3});
  expect_values(Rsqrt{}, {0.25F, 1, 16}, {2, 1, 0.25F});
  expect_values(Sin{}, {0, 1.5707963F, 0.5235988F}, {0, 1, 0.5F});
  expect_values(Cos{}, {0, 1.0471976F, 3.1415927F}, {1, 0.5F, -1});
  expect_values(Exp{}, few, {0.1353353F, 0.3678794F, 1, 2.7182818F});
  expect_values(Log{}, {0.1353353F, 1, 2.7182818F}, {-2, 0, 1});
  expect_values(Elu{}, few, {-0.8646647F, -0.6321206F, 0, 1});
  expect_values(Logistic{}, few, {0.1192029F, 0.2689414F, 0.5F, 0.7310586F});
  expect_values(Tanh{}, few, {-0.9640276F, -0.7615942F, 0, 0.7615942F});
  expect_values(Swish{}, few, {-0.2384058F, -0.2689414F, 0, 0.7310586F});
  expect_values(Softplus{}, few, {0.1269280F, 0.3132617F, 0.6931472F, 1.3132617F});
  expect_values(Selu{}, few, {-1.5201665F, -1.1113307F, 0, 1.0507010F});
  // tanh(softplus(x)): 0.1262503, 0.3034014, 0.6, 0.8650984.
  expect_values(Mish{}, few, {-0.2525015F, -0.3034015F, 0, 0.8650984F});
  // The normal distribution's P: 0.0227501, 0.1586553, 0.5, 0.8413447.
  expect_values(Gelu{}, few, {-0.0455003F, -0.1586553F, 0, 0.8413447F});
  // x / 2 * (1 + tanh(0.7978846 * (x + 0.044715 x^3)))
  expect_values(Gelu{.approximate = true}, few, {-0.0454023F, -0.1588080F, 0, 0.8411920F});
}

TEST(ElementwiseUnary, far_ends_stay_finite) {
  expect_values(Logistic{}, {-200, 200}, {0, 1});
  expect_values(Softplus{}, {-200, 200}, {0, 200});
  expect_values(Swish{}, {-200, 200}, {0, 200});
  expect_values(Mish{}, {-200, 200}, {0, 200});
}

TEST(ElementwiseUnary, gradients_are_right) {
  // Away from the kinks at -3, 0, 3 and 6.
  const Tensor x = tensor({10}, {-4, -2.5F, -1.5F, -0.7F, -0.2F, 0.2F, 0.8F, 1.9F, 4, 7});
  for (const Op& op : std::vector<Op>{Abs{},       Cos{},
                                      Sin{},       Square{},
                                      Elu{},       Exp{},
                                      HardSwish{}, Logistic{},
                                      Mish{},      Neg{},
                                      Relu{},      Relu6{},
                                      ReluN1To1{}, Selu{},
                                      Softplus{},  Softsign{},
                                      Step{},      Swish{},
                                      Tanh{},      LeakyRelu{},
                                      Gelu{},      Gelu{.approximate = true}}) {
    test::expect_gradients(op, {x});
  }
  test::expect_gradients(Log{}, {tensor({4}, {0.5F, 1, 2, 8})});
}

// What tflite-micro gives.
TEST(ElementwiseUnary, rsqrt_of_int16_is_in_fixed_point) {
  const Tensor x({6}, std::vector<std::int16_t>{0, 1, 2, 16, 100, 32767}, Quantization{{0.25F}, {0}});
  const Tensor y = test::run_op(Rsqrt{}, {x}, Quantization{{1.0F / 4096}, {0}});
  EXPECT_THAT(test::values<std::int16_t>(y), testing::ElementsAre(32767, 8192, 5793, 2048, 819, 45));
}

// The smallest number has no opposite: it stays.
TEST(ElementwiseUnary, plain_integers_wrap_around) {
  const Tensor x = test::indices({4}, {-7, 0, 9, INT32_MIN});
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(Abs{}, {x})), testing::ElementsAre(7, 0, 9, INT32_MIN));
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(Neg{}, {x})), testing::ElementsAre(7, 0, -9, INT32_MIN));
}

TEST(ElementwiseUnary, the_output_has_the_type_of_the_input) {
  EXPECT_EQ(test::infer(Relu{}, {Tensor({DType::int8, {2, 3}})}), (TensorType{DType::int8, {2, 3}}));
  EXPECT_THROW(test::infer(Relu{}, {Tensor({DType::int32, {2, 3}})}), Error);
  EXPECT_THROW(test::infer(Relu{}, {}), Error);
}

TEST(ElementwiseUnary, versions_are_those_of_tflite) {
  const Tensor x({DType::float32, {2}}), q({DType::int8, {2}});
  EXPECT_EQ(test::version(Relu{}, {x}), 1);
  EXPECT_EQ(test::version(Relu{}, {q}), 2);
  EXPECT_EQ(test::version(Logistic{}, {q}), 2);
  EXPECT_EQ(test::version(HardSwish{}, {q}), 1);
  EXPECT_EQ(test::version(Gelu{}, {q}), 2);
  const Tensor q16({DType::int16, {2}}), integers({DType::int32, {2}});
  EXPECT_EQ(test::version(Tanh{}, {q16}), 3);
  EXPECT_EQ(test::version(Exp{}, {q16}), 2);
  EXPECT_EQ(test::version(Abs{}, {q16}), 3);
  EXPECT_EQ(test::version(Abs{}, {integers}), 5);
}

}  // namespace
}  // namespace mirim
