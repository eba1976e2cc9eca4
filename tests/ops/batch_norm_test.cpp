#include "mirim/ops/batch_norm.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::Pointwise;

// Two channels, four values each: 1 2 3 6 (mean 3, variance (4 + 1 + 0 + 9) / 4 = 3.5) and 10 10 10 10 (10, 0).
struct Case {
  Tensor x{{4, 2}, std::vector<float>{1, 10, 2, 10, 3, 10, 6, 10}};
  Tensor gamma{{2}, std::vector<float>{2, 3}}, beta{{2}, std::vector<float>{-1, 5}};
  Tensor mean{{2}, std::vector<float>{0, 8}}, variance{{2}, std::vector<float>{3, 0}};
  Tensor y{x.type};
  Bytes saved = Bytes(4 * sizeof(float));

  std::vector<ConstTensorView> inputs() const {
    return {x.view(), gamma.view(), beta.view(), mean.view(), variance.view()};
  }
};

TEST(BatchNorm, inference_uses_the_running_statistics) {
  Case c;
  const auto in = std::as_const(c).inputs();
  const std::vector<TensorView> out{c.y.view()};
  BatchNorm{.epsilon = 1}.forward(Inputs(in), Outputs(out));
  // Channel 0: 2 * (x - 0) / sqrt(3 + 1) - 1 = x - 1; channel 1: 3 * (10 - 8) / sqrt(0 + 1) + 5 = 11.
  EXPECT_THAT(c.y.as<float>(), ElementsAre(0, 11, 1, 11, 2, 11, 5, 11));
}

TEST(BatchNorm, training_uses_the_batch_and_leaves_its_statistics) {
  Case c;
  const auto in = std::as_const(c).inputs();
  const std::vector<TensorView> out{c.y.view()};
  BatchNorm{.epsilon = 0.5F}.forward_training(Inputs(in), Outputs(out), {c.saved});
  // Channel 0: 2 * (x - 3) / sqrt(3.5 + 0.5) - 1 = x - 4.
  EXPECT_THAT(c.y.as<float>(), ElementsAre(-3, 5, -2, 5, -1, 5, 2, 5));
  const auto* saved = reinterpret_cast<const float*>(c.saved.data());
  EXPECT_THAT(std::vector<float>(saved, saved + 4), ElementsAre(3, 10, 3.5F, 0));
}

TEST(BatchNorm, gradients_are_those_of_finite_differences) {
  Random random(3);
  const std::int64_t rows = 5, channels = 3;
  Tensor x({DType::float32, {rows, channels}}), gamma({DType::float32, {channels}}), beta({DType::float32, {channels}});
  Tensor running({DType::float32, {channels}}), y(x.type), weight(x.type);
  for (Tensor* t : {&x, &gamma, &beta, &weight}) {
    for (float& v : t->as<float>()) v = random.normal();
  }
  Bytes saved(2 * channels * sizeof(float));
  const BatchNorm op{};
  const auto inputs = [&] {
    return std::vector<ConstTensorView>{x.view(), gamma.view(), beta.view(), running.view(), running.view()};
  };
  const auto loss = [&] {
    const auto in = inputs();
    const std::vector<TensorView> out{y.view()};
    op.forward_training(Inputs(in), Outputs(out), {saved});
    double sum = 0;
    for (std::size_t i = 0; i < y.as<float>().size(); ++i) {
      sum += static_cast<double>(y.as<float>()[i]) * static_cast<double>(weight.as<float>()[i]);
    }
    return sum;
  };
  loss();
  Tensor dx(x.type), dgamma(gamma.type), dbeta(beta.type);
  const auto in = inputs();
  const std::vector<ConstTensorView> out{y.view()}, above{weight.view()};
  const std::vector<TensorView> gradients{dx.view(), dgamma.view(), dbeta.view()};
  op.backward(Inputs(in), Inputs(out), Inputs(above), Outputs(gradients), {saved});
  for (auto [value, gradient] : {std::pair(&x, &dx), std::pair(&gamma, &dgamma), std::pair(&beta, &dbeta)}) {
    for (std::size_t i = 0; i < value->as<float>().size(); ++i) {
      float& v = value->as<float>()[i];
      const float before = v;
      v = before + 1e-2F;
      const double above_loss = loss();
      v = before - 1e-2F;
      const double below_loss = loss();
      v = before;
      EXPECT_NEAR((above_loss - below_loss) / 2e-2, gradient->as<float>()[i], 5e-3);
    }
  }
}

// The running statistics get the gradient zero: a training step does not look at them.
TEST(BatchNorm, gradients_of_all_its_inputs_are_right) {
  test::expect_gradients(BatchNorm{},
                         {test::random_tensor({4, 3, 2}, 1), test::random_tensor({2}, 2), test::random_tensor({2}, 3),
                          test::random_tensor({2}, 4), test::random_tensor({2}, 5)});
}

TEST(BatchNorm, refuses_statistics_of_another_length) {
  Case c;
  const Tensor three({3}, std::vector<float>{1, 2, 3});
  const std::vector<Operand> in{c.x.operand(), c.gamma.operand(), c.beta.operand(), three.operand(),
                                c.variance.operand()};
  EXPECT_THROW(BatchNorm{}.infer(Types(in)), Error);
}

}  // namespace
}  // namespace mirim
