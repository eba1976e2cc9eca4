#include "mirim/ops/unidirectional_sequence_rnn.hpp"

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

// Two units of one input; the state comes last.
std::vector<Tensor> layer(Shape x, const std::vector<float>& values) {
  return {test::tensor(std::move(x), values), test::tensor({2, 1}, {0.5F, -1}),
          test::tensor({2, 2}, {0.25F, 1, -0.5F, 0.75F}), test::tensor({2}, {0.1F, -0.2F}),
          test::tensor({1, 2}, {0, 0})};
}

// The formula from step to step.
struct Cell {
  double a = 0, b = 0;

  template <class F>
  std::vector<float> next(double x, F f) {
    const double a_next = f(0.5 * x + 0.25 * a + b + 0.1), b_next = f(-x - 0.5 * a + 0.75 * b - 0.2);
    a = a_next;
    b = b_next;
    return {static_cast<float>(a), static_cast<float>(b)};
  }
};

TEST(UnidirectionalSequenceRnn, follows_the_formula_from_step_to_step_and_from_run_to_run) {
  const auto expect = [](Activation activation, auto f) {
    const UnidirectionalSequenceRnn op{.activation = activation};
    auto inputs = layer({1, 3, 1}, {0.5F, -1, 2}), device = inputs;
    Cell cell;
    for (int run = 0; run < 2; ++run) {
      std::vector<float> expected;
      for (const double x : {0.5, -1.0, 2.0}) {
        for (const float y : cell.next(x, f)) expected.push_back(y);
      }
      EXPECT_THAT(test::values(test::run_all(op, inputs)[0]), Pointwise(FloatNear(1e-6F), expected));
      const auto types = test::operands_of(device);
      std::vector<ConstTensorView> in;
      for (const Tensor& tensor : device) in.push_back(tensor.view());
      Tensor y(op.infer(Types(types))[0]);
      std::vector<TensorView> out{y.view(), device.back().view()};
      mirim::run(op.lower(Types(types), {}), Inputs(in), Outputs(out));
      EXPECT_THAT(test::values(y), Pointwise(FloatNear(1e-6F), expected));
      EXPECT_THAT(test::values(device.back()), Pointwise(FloatNear(1e-6F), test::values(inputs.back())));
    }
  };
  expect(Activation::tanh, [](double x) { return std::tanh(x); });
  expect(Activation::relu, [](double x) { return std::fmax(x, 0); });
  expect(Activation::none, [](double x) { return x; });
}

TEST(UnidirectionalSequenceRnn, says_what_is_wrong) {
  const auto refused = [](const UnidirectionalSequenceRnn& op, std::size_t input, Tensor wrong, const char* why) {
    auto inputs = layer({1, 2, 1}, {1, 2});
    inputs[input] = std::move(wrong);
    EXPECT_THAT([&] { test::infer(op, inputs); }, ThrowsMessage<Error>(HasSubstr(why)));
  };
  refused({}, 2, test::tensor({2, 1}, {1, 2}), "input 2 is float32[2x1], expected 2x2");
  refused({}, 4, test::tensor({2, 1}, {1, 2}), "input 4 is float32[2x1], expected 1x2");
  refused({}, 1, Tensor(TensorType{DType::int8, {2, 1}}), "a dynamic-range file");
  refused({.activation = Activation::sign_bit}, 0, test::tensor({1, 2, 1}, {1, 2}), "SIGN_BIT");
}

TEST(UnidirectionalSequenceRnn, gradients) {
  for (const Activation activation : {Activation::tanh, Activation::none, Activation::relu6}) {
    for (const bool time_major : {false, true}) {
      const auto draw = [](Shape shape, std::uint64_t seed) {
        Tensor tensor = test::random_tensor(std::move(shape), seed);
        for (float& value : tensor.as<float>()) value /= 2;
        return tensor;
      };
      const UnidirectionalSequenceRnn op{.time_major = time_major, .activation = activation};
      GradientCheck check{.uncertainty = 1};
      // Until no sum is at a bound of the activation, where the numeric derivative is none.
      for (std::uint64_t seed = 1; check.uncertainty > 1e-3 && seed < 100; seed += 5) {
        check = check_gradients(op,
                                {draw(time_major ? Shape{3, 2, 4} : Shape{2, 3, 4}, seed), draw({5, 4}, seed + 1),
                                 draw({5, 5}, seed + 2), draw({5}, seed + 3), draw({2, 5}, seed + 4)},
                                1, 0x1p-8);
      }
      ASSERT_LT(check.uncertainty, 1e-3);
      EXPECT_LT(check.error, 1e-3) << time_major << ": input " << check.input << ", element " << check.element << ": "
                                   << check.analytic << " for " << check.numeric;
    }
  }
}

}  // namespace
}  // namespace mirim
