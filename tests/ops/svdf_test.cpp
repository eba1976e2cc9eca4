#include "mirim/ops/svdf.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Forward with the state behind the output, as the interpreter calls it.
std::vector<float> step(const Svdf& op, std::vector<Tensor>& inputs) {
  Tensor y(test::infer(op, inputs));
  std::vector<ConstTensorView> in;
  for (const Tensor& input : inputs) in.push_back(input.view());
  const std::vector<TensorView> out{y.view(), inputs[4].view()};
  op.forward(Inputs(in), Outputs(out));
  return test::values(y);
}

TEST(Svdf, weighs_what_its_filters_made_of_the_last_inputs) {
  // Two units of one filter each over two inputs, with a memory of two steps.
  std::vector<Tensor> inputs{test::tensor({1, 2}, {1, 2}), test::tensor({2, 2}, {1, 0, 1, 1}),
                             test::tensor({2, 2}, {10, 1, 10, 1}), test::tensor({2}, {100, 0}),
                             test::tensor({1, 4}, {0, 0, 0, 0})};
  // The filters make 1 and 3 of (1, 2), then 5 and 4 of (5, -1).
  EXPECT_THAT(step({}, inputs), ElementsAre(101, 3));
  inputs[0] = test::tensor({1, 2}, {5, -1});
  EXPECT_THAT(step({}, inputs), ElementsAre(100 + 10 * 1 + 5, 10 * 3 + 4));
  EXPECT_THAT(test::values(inputs[4]), ElementsAre(1, 5, 3, 4));
}

TEST(Svdf, the_float_kernel_of_the_device_agrees) {
  std::vector<Tensor> inputs{test::random_tensor({2, 5}, 1), test::random_tensor({6, 5}, 2),
                             test::random_tensor({6, 3}, 3), test::random_tensor({3}, 4),
                             test::random_tensor({2, 18}, 5)};
  const Svdf op{.rank = 2, .activation = Activation::relu};
  std::vector<Tensor> device = inputs;
  const auto expected = step(op, inputs);
  const auto types = test::operands_of(device);
  Tensor y(test::infer(op, device));
  std::vector<ConstTensorView> in;
  for (const Tensor& tensor : device) in.push_back(tensor.view());
  run(op.lower(Types(types), {}), Inputs(in), Outputs(std::vector<TensorView>{y.view()}));
  EXPECT_THAT(test::values(y), testing::Pointwise(testing::FloatNear(1e-5F), expected));
  EXPECT_EQ(device[4].bytes, inputs[4].bytes);
}

TEST(Svdf, a_unit_adds_up_its_filters_and_applies_the_activation) {
  std::vector<Tensor> inputs{test::tensor({1, 1}, {2}), test::tensor({4, 1}, {1, 2, -1, -2}),
                             test::tensor({4, 1}, {1, 10, 1, 10}), test::tensor({2}, {0, 0}),
                             test::tensor({1, 4}, {0, 0, 0, 0})};
  EXPECT_THAT(step({.rank = 2, .activation = Activation::relu}, inputs), ElementsAre(2 + 40, 0));
}

TEST(Svdf, a_float_input_of_int8_weights_is_quantized_on_its_way_in) {
  const Quantization half{{0.5F}, {0}}, quarter{{0.25F}, {0}};
  const std::vector<std::int8_t> feature{2, 1}, time{8, 4};
  const std::vector<Tensor> start{test::tensor({1, 2}, {127, -64}), Tensor({1, 2}, feature, half),
                                  Tensor({1, 2}, time, quarter), test::tensor({1}, {5}), test::tensor({1, 2}, {0, 10})};
  // One step is 127 / 127 = 1: (2 * 127 - 64) / 2 = 95 follows upon 10, weighed by 1 and 2.
  std::vector<Tensor> inputs = start;
  EXPECT_THAT(step({}, inputs), ElementsAre(2 * 10 + 1 * 95 + 5));
  EXPECT_THAT(test::values(inputs[4]), ElementsAre(10, 95));
  // With a zero point one step is 255 / 255 = 1, without it would be 255 / 127: 2 * 255 / 2.
  inputs = start;
  inputs[0] = test::tensor({1, 2}, {255, 0});
  EXPECT_THAT(step({.asymmetric_quantize_inputs = true}, inputs), ElementsAre(2 * 10 + 1 * 255 + 5));
}

TEST(Svdf, an_int8_state_stays_in_its_range_with_its_zero_point) {
  const Quantization steps{{1.0F}, {0}}, shifted{{1.0F}, {100}};
  const std::vector<std::int8_t> fifty{50}, one{1}, start{100};
  std::vector<Tensor> inputs{Tensor({1, 1}, fifty, steps), Tensor({1, 1}, one, steps), Tensor({1, 1}, one, steps),
                             Tensor({1}, std::vector<std::int32_t>{0}, steps), Tensor({1, 1}, start, shifted)};
  Tensor y(test::infer(Svdf{}, inputs), steps);
  std::vector<ConstTensorView> in;
  for (const Tensor& input : inputs) in.push_back(input.view());
  const std::vector<TensorView> out{y.view(), inputs[4].view()};
  Svdf{}.forward(Inputs(in), Outputs(out));
  EXPECT_THAT(test::values<std::int8_t>(inputs[4]), ElementsAre(127));  // 50 steps above 100
  EXPECT_THAT(test::values<std::int8_t>(y), ElementsAre(27));
}

TEST(Svdf, refuses_operands_that_do_not_fit) {
  const std::vector<Tensor> inputs{test::tensor({1, 1}, {2}), test::tensor({3, 1}, {1, 2, 3}),
                                   test::tensor({3, 1}, {1, 1, 1}), test::tensor({3}, {0, 0, 0}),
                                   test::tensor({1, 3}, {0, 0, 0})};
  EXPECT_THAT([&] { test::infer(Svdf{.rank = 2}, inputs); },
              ThrowsMessage<Error>(HasSubstr("3 filters are no multiple")));
  std::vector<Tensor> small = inputs;
  small[4] = test::tensor({1, 2}, {0, 0});
  EXPECT_THAT([&] { test::infer(Svdf{}, small); }, ThrowsMessage<Error>(HasSubstr("do not fit each other")));
}

}  // namespace
}  // namespace mirim
