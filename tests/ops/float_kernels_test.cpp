// The float kernels of devices against the loops that the host runs: no library there, so not the same bits.
#include <cmath>

#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/log_softmax.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::random_tensor, test::tensor;

// What the kernel that `op` is lowered to gives.
Tensor run_lowered(const Op& op, const std::vector<Tensor>& inputs) {
  const auto in = test::operands_of(inputs);
  std::vector<ConstTensorView> x;
  for (const Tensor& input : inputs) x.push_back(input.view());
  Tensor y(op.infer(Types(in))[0]);
  const std::vector<Operand> out{{&y.type, &y.quantization, {}}};
  const std::vector<TensorView> results{y.view()};
  run(op.lower(Types(in), Types(out)), Inputs(x), Outputs(results));
  return y;
}

void expect_the_same(const Op& op, const std::vector<Tensor>& inputs) {
  const Tensor expected = test::run_op(op, inputs), actual = run_lowered(op, inputs);
  float largest = 0;
  for (const float y : expected.as<float>()) largest = std::max(largest, std::fabs(y));
  for (std::size_t i = 0; i < expected.as<float>().size(); ++i) {
    EXPECT_NEAR(actual.as<float>()[i], expected.as<float>()[i], 1e-5F * largest) << op.name() << " element " << i;
  }
}

TEST(FloatKernels, of_one_operand_are_within_1e_5_of_the_largest_output) {
  const Tensor x = random_tensor({300}, 1);
  Tensor positive = x;
  for (float& value : positive.as<float>()) value = std::fabs(value);
  for (const Op& op :
       std::vector<Op>{Abs{},      Ceil{},   Cos{},  Elu{},   Exp{},       Floor{},   HardSwish{}, Logistic{},
                       Mish{},     Neg{},    Relu{}, Relu6{}, ReluN1To1{}, Round{},   Selu{},      Sin{},
                       Softplus{}, Square{}, Step{}, Swish{}, Tanh{},      Softsign{}}) {
    expect_the_same(op, {x});
  }
  for (const Op& op : std::vector<Op>{Log{}, Sqrt{}, Rsqrt{}}) expect_the_same(op, {positive});
  expect_the_same(LogSoftmax{}, {random_tensor({5, 7}, 2)});
}

TEST(FloatKernels, of_two_operands_give_the_same) {
  const Tensor a = random_tensor({2, 3, 4}, 1), row = random_tensor({4}, 2), column = random_tensor({3, 1}, 3);
  for (const Op& op :
       std::vector<Op>{Add{}, Sub{.activation = Activation::relu}, Mul{.activation = Activation::relu6}, Div{},
                       Maximum{}, Minimum{}, Prelu{}, SquaredDifference{}, FloorDiv{}, FloorMod{}}) {
    expect_the_same(op, {a, row});
    expect_the_same(op, {a, column});
    expect_the_same(op, {a, a});
  }
}

}  // namespace
}  // namespace mirim
