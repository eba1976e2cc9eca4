#include "mirim/ops/gru.hpp"

#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using testing::FloatNear;
using testing::HasSubstr;
using testing::Pointwise;
using testing::ThrowsMessage;

enum State { kNone, kKept };

// Inputs for 2 sequences of 3 steps (or the reverse), 4 numbers each, and 5 units.
std::vector<Tensor> random_layer(const Gru& op, State state, std::uint64_t seed = 1) {
  Random random(seed);
  const auto draw = [&](Shape shape) {
    Tensor tensor(TensorType{DType::float32, std::move(shape)});
    for (float& value : tensor.as<float>()) value = 2 * random.uniform() - 1;
    return tensor;
  };
  std::vector<Tensor> inputs{draw(op.time_major ? Shape{3, 2, 4} : Shape{2, 3, 4})};
  for (int g = 0; g < gru::kGates; ++g) inputs.push_back(draw({5, 4}));
  for (int g = 0; g < gru::kGates; ++g) inputs.push_back(draw({5, 5}));
  for (int g = 0; g < gru::kGates; ++g) inputs.push_back(draw({5}));
  if (op.reset_after) inputs.push_back(draw({5}));
  if (state == kKept) {
    if (!op.reset_after) inputs.push_back(draw({5}));  // its place: left out by the caller
    inputs.push_back(draw({2, 5}));
  }
  return inputs;
}

// The formula for one unit of one input.
struct Cell {
  double h = 0;

  double next(double x, bool reset_after) {
    const auto sigmoid = [](double v) { return 1 / (1 + std::exp(-v)); };
    const double z = sigmoid(2 * x - 0.5 * h + 0.1), r = sigmoid(-x + 0.75 * h - 0.2);
    const double n = std::tanh(3 * x + 0.3 + (reset_after ? r * (1.5 * h + 0.4) : 1.5 * (r * h)));
    return h = z * h + (1 - z) * n;
  }
};

std::vector<Tensor> one_unit(Shape x, const std::vector<float>& values, bool reset_after) {
  std::vector<Tensor> inputs{test::tensor(std::move(x), values)};
  for (const float weight : {2.0F, -1.0F, 3.0F}) inputs.push_back(test::tensor({1, 1}, {weight}));
  for (const float weight : {-0.5F, 0.75F, 1.5F}) inputs.push_back(test::tensor({1, 1}, {weight}));
  for (const float bias : {0.1F, -0.2F, 0.3F}) inputs.push_back(test::tensor({1}, {bias}));
  if (reset_after) inputs.push_back(test::tensor({1}, {0.4F}));
  return inputs;
}

TEST(Gru, follows_the_formula_from_step_to_step) {
  for (const bool reset_after : {true, false}) {
    const auto inputs = one_unit({1, 3, 1}, {0.5, -1, 0.25}, reset_after);
    Cell cell;
    std::vector<float> expected;
    for (const double x : {0.5, -1.0, 0.25}) expected.push_back(static_cast<float>(cell.next(x, reset_after)));
    for (int time = 0; time < 2; ++time) {  // each run begins with zeros
      EXPECT_THAT(test::values(test::run_op(Gru{.reset_after = reset_after}, inputs)),
                  Pointwise(FloatNear(1e-6F), expected));
    }
    const Tensor last = test::run_op(Gru{.reset_after = reset_after, .last_only = true}, inputs);
    EXPECT_EQ(last.type.shape, (Shape{1, 1}));
    EXPECT_THAT(test::values(last), Pointwise(FloatNear(1e-6F), {expected[2]}));
  }
}

TEST(Gru, keeps_a_state_from_run_to_run) {
  auto inputs = one_unit({1, 2, 1}, {0.5, -1}, true);
  inputs.push_back(test::tensor({1, 1}, {0}));
  Cell cell;
  for (int time = 0; time < 2; ++time) {
    const auto y = test::values(test::run_all(Gru{}, inputs)[0]);
    EXPECT_NEAR(y[0], cell.next(0.5, true), 1e-6);
    EXPECT_NEAR(y[1], cell.next(-1, true), 1e-6);
    EXPECT_NEAR(inputs.back().as<float>()[0], cell.h, 1e-6);
  }
}

TEST(Gru, time_may_come_before_the_batch) {
  const auto a = test::values(test::run_op(Gru{}, one_unit({2, 2, 1}, {1, 2, 3, 4}, true)));
  const auto b = test::values(test::run_op(Gru{.time_major = true}, one_unit({2, 2, 1}, {1, 3, 2, 4}, true)));
  EXPECT_EQ(a, (std::vector<float>{b[0], b[2], b[1], b[3]}));
}

TEST(Gru, the_kernel_of_the_device_agrees) {
  for (int kind = 0; kind < 16; ++kind) {
    const Gru op{.reset_after = (kind & 1) != 0, .time_major = (kind & 2) != 0, .last_only = (kind & 4) != 0};
    auto host = random_layer(op, (kind & 8) != 0 ? kKept : kNone), device = host;
    SCOPED_TRACE(kind);
    const auto operands = [&](std::vector<Tensor>& tensors) {
      auto types = test::operands_of(tensors);
      if (!op.reset_after && types.size() > gru::kRecurrentBias) types[gru::kRecurrentBias] = {};
      return types;
    };
    const auto run = [&](std::vector<Tensor>& tensors, auto&& how) {
      auto types = operands(tensors);
      std::vector<ConstTensorView> in;
      for (std::size_t i = 0; i < tensors.size(); ++i) {
        in.push_back(types[i].present() ? std::as_const(tensors[i]).view() : ConstTensorView{});
      }
      Tensor y(op.infer(Types(types))[0]);
      std::vector<TensorView> out{y.view()};
      if ((kind & 8) != 0) out.push_back(tensors.back().view());
      for (int time = 0; time < 2; ++time) how(Types(types), Inputs(in), Outputs(out));
      return test::values(y);
    };
    const auto expected = run(host, [&](Types, Inputs x, Outputs y) { op.forward(x, y); });
    const auto found = run(device, [&](Types in, Inputs x, Outputs y) { mirim::run(op.lower(in, {}), x, y); });
    EXPECT_THAT(found, Pointwise(FloatNear(1e-6F), expected));
    EXPECT_THAT(test::values(device.back()), Pointwise(FloatNear(1e-6F), test::values(host.back())));
  }
}

TEST(Gru, gradients) {
  for (int kind = 0; kind < 16; ++kind) {
    const Gru op{.reset_after = (kind & 1) != 0, .time_major = (kind & 2) != 0, .last_only = (kind & 4) != 0};
    const bool kept = (kind & 8) != 0;
    auto inputs = random_layer(op, kept ? kKept : kNone);
    if (kept && !op.reset_after) inputs[gru::kRecurrentBias] = Tensor();
    const GradientCheck check = check_gradients(op, inputs);
    EXPECT_LT(check.error, 2e-4) << kind << ": input " << check.input << ", element " << check.element << ": "
                                 << check.analytic << " for " << check.numeric;
  }
}

TEST(Gru, counts_its_products) {
  const Gru op;
  EXPECT_EQ(test::cost(op, random_layer(op, kNone)).macs, 2 * 3 * 3 * 5 * (4 + 5));
}

TEST(Gru, says_what_is_wrong) {
  const auto refused = [](const Gru& op, const std::vector<Tensor>& inputs, const char* why) {
    EXPECT_THAT([&] { test::infer(op, inputs); }, ThrowsMessage<Error>(HasSubstr(why)));
  };
  auto inputs = random_layer(Gru{}, kNone);
  refused(Gru{.reset_after = false}, inputs, "a recurrent bias, which only reset_after knows");
  auto wrong = inputs;
  wrong[5] = test::tensor({5, 4}, std::vector<float>(20));
  refused(Gru{}, wrong, "input 5 is float32[5x4], expected 5x5");
  wrong = inputs;
  wrong[0] = Tensor(TensorType{DType::float32, {2, 0, 4}});
  refused(Gru{.last_only = true}, wrong, "the sequence has no steps");
  wrong.resize(9);
  refused(Gru{}, wrong, "inputs, expected");
}

}  // namespace
}  // namespace mirim
