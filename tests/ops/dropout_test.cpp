#include "mirim/ops/dropout.hpp"

#include <gmock/gmock.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

struct Ones {
  Tensor x = Tensor({10000}, std::vector<float>(10000, 1.0F));
  Tensor y{x.type};

  std::span<const float> training(float rate, std::uint64_t seed) {
    const std::vector<ConstTensorView> in{x.view()};
    const std::vector<TensorView> out{y.view()};
    Dropout{rate}.forward_training(Inputs(in), Outputs(out), {{}, seed});
    return y.as<float>();
  }
};

TEST(Dropout, drops_at_its_rate_and_keeps_the_mean) {
  Ones run;
  const auto y = run.training(0.25F, 1);
  const auto dropped = std::count(y.begin(), y.end(), 0.0F);
  // 10,000 draws at 0.25: standard deviation 43, so 2,300 to 2,700 is more than four of them.
  EXPECT_GT(dropped, 2300);
  EXPECT_LT(dropped, 2700);
  EXPECT_EQ(std::count(y.begin(), y.end(), 1 / 0.75F), 10000 - dropped);
}

TEST(Dropout, backward_uses_the_mask_of_forward) {
  Ones run;
  const auto y = run.training(0.5F, 9);
  Tensor dx(run.x.type);
  const std::vector<ConstTensorView> in{std::as_const(run.x).view()}, none;
  const std::vector<TensorView> gradients{dx.view()};
  Dropout{0.5F}.backward(Inputs(in), Inputs(none), Inputs(in), Outputs(gradients), {{}, 9});
  EXPECT_TRUE(std::equal(y.begin(), y.end(), dx.as<float>().begin()));
}

TEST(Dropout, gradients_are_right) { test::expect_gradients(Dropout{.rate = 0.3F}, {test::random_tensor({5, 8}, 1)}); }

TEST(Dropout, is_the_identity_at_inference) {
  Ones run;
  const std::vector<ConstTensorView> in{std::as_const(run.x).view()};
  const std::vector<TensorView> out{run.y.view()};
  Dropout{0.5F}.forward(Inputs(in), Outputs(out));
  EXPECT_EQ(run.y.bytes, run.x.bytes);
}

TEST(Dropout, refuses_a_rate_that_drops_everything) {
  const Tensor x({1}, std::vector<float>{0});
  const std::vector<Operand> in{x.operand()};
  EXPECT_THROW(Dropout{1.0F}.infer(Types(in)), Error);
}

}  // namespace
}  // namespace mirim
