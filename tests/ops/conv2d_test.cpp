#include "mirim/ops/conv2d.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre, testing::HasSubstr;

// A 1x2 filter of ones over the row 1 2 3: 1+2, 2+3, 3+0. The padded place is at the end.
TEST(Conv2d, same_padding_puts_the_odd_pixel_at_the_end) {
  EXPECT_THAT(floats(Conv2d{}, {tensor({1, 1, 3, 1}, {1, 2, 3}), tensor({1, 1, 2, 1}, {1, 1})}), ElementsAre(3, 5, 3));
}

// The same with stride 2: windows at 0 (1+2) and 2 (3+0).
TEST(Conv2d, same_padding_gives_the_input_size_by_the_stride_rounded_up) {
  const Conv2d op{.stride = {1, 2}};
  EXPECT_THAT(floats(op, {tensor({1, 1, 3, 1}, {1, 2, 3}), tensor({1, 1, 2, 1}, {1, 1})}), ElementsAre(3, 3));
}

// 2x2 image of 2 channels, all of it under one 2x2 filter: output 0 sums channel 0 (1+3+5+7), output 1 takes ten times
// channel 1 (20+40+60+80), with biases 0.5 and -1.
TEST(Conv2d, weights_are_output_height_width_channel) {
  const Conv2d op{.padding = Padding::valid};
  const Tensor x = tensor({1, 2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor weights = tensor({2, 2, 2, 2}, {1, 0, 1, 0, 1, 0, 1, 0, 0, 10, 0, 10, 0, 10, 0, 10});
  EXPECT_THAT(floats(op, {x, weights, tensor({2}, {0.5F, -1})}), ElementsAre(16.5F, 199));
}

// Dilation 2: 1 + 3, 2 + 4.
TEST(Conv2d, dilation_spreads_the_filter) {
  const Conv2d op{.padding = Padding::valid, .dilation = {1, 2}};
  EXPECT_THAT(floats(op, {tensor({1, 1, 4, 1}, {1, 2, 3, 4}), tensor({1, 1, 2, 1}, {1, 1})}), ElementsAre(4, 6));
}

// Two groups of one channel: output 0 reads channel 0 only, output 1 channel 1.
TEST(Conv2d, fewer_weight_channels_make_groups) {
  EXPECT_THAT(floats(Conv2d{}, {tensor({1, 1, 1, 2}, {3, 5}), tensor({2, 1, 1, 1}, {10, 100})}), ElementsAre(30, 500));
}

TEST(Conv2d, a_fused_activation_clamps) {
  const Tensor x = tensor({1, 1, 3, 1}, {-2, 3, 9}), weight = tensor({1, 1, 1, 1}, {1});
  EXPECT_THAT(floats(Conv2d{.activation = Activation::relu}, {x, weight}), ElementsAre(0, 3, 9));
  EXPECT_THAT(floats(Conv2d{.activation = Activation::relu6}, {x, weight}), ElementsAre(0, 3, 6));
  EXPECT_THAT(floats(Conv2d{.activation = Activation::relu_n1_to_1}, {x, weight}), ElementsAre(-1, 1, 1));
}

TEST(Conv2d, gradients_are_right) {
  const Tensor x = random_tensor({2, 5, 4, 3}, 1), w = random_tensor({4, 3, 2, 3}, 2), b = random_tensor({4}, 3);
  test::expect_gradients(Conv2d{}, {x, w, b});
  test::expect_gradients(Conv2d{.padding = Padding::valid, .stride = {2, 1}}, {x, w, b});
  test::expect_gradients(Conv2d{.stride = {2, 2}, .dilation = {2, 1}}, {x, w});
  test::expect_gradients(Conv2d{}, {random_tensor({1, 3, 3, 4}, 4), random_tensor({2, 2, 2, 2}, 5)});
}

// Sums 2, -1, 7: the gradient of x passes where 0 < sum < 6 only.
TEST(Conv2d, the_gradient_stops_where_the_activation_clamps) {
  const Tensor x = tensor({1, 1, 3, 1}, {2, -1, 7}), w = tensor({1, 1, 1, 1}, {1});
  const GradientCheck check = check_gradients(Conv2d{.activation = Activation::relu6}, {x, w});
  EXPECT_LT(check.error, 1e-3);
  EXPECT_LT(check.uncertainty, 1e-3);
}

// ResNet-8's first layer: 32*32 places, 16 outputs of 3*3*3 products = 442,368; a bias and a clamp for each output.
TEST(Conv2d, macs_are_outputs_times_filter) {
  const Conv2d op{.activation = Activation::relu};
  const Cost cost =
      test::cost(op, {random_tensor({1, 32, 32, 3}, 1), random_tensor({16, 3, 3, 3}, 2), random_tensor({16}, 3)});
  EXPECT_EQ(cost.macs, 442'368);
  EXPECT_EQ(cost.operations, 2 * 32 * 32 * 16);
}

TEST(Conv2d, int8_has_an_int32_bias) {
  const Tensor x({DType::int8, {1, 4, 4, 2}}), w({DType::int8, {3, 1, 1, 2}}), b({DType::int32, {3}});
  EXPECT_EQ(infer(Conv2d{}, {x, w, b}), (TensorType{DType::int8, {1, 4, 4, 3}}));
  EXPECT_EQ(test::version(Conv2d{}, {x, w, b}), 3);
}

std::string error_of(const Conv2d& op, const std::vector<Tensor>& inputs) {
  try {
    infer(op, inputs);
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Conv2d, what_it_cannot_do_is_refused_with_a_reason) {
  const Tensor x = random_tensor({1, 4, 4, 2}, 1), w = random_tensor({3, 1, 1, 2}, 2);
  EXPECT_THAT(error_of({}, {x}), HasSubstr("has 1 inputs, expected 2 to 3"));
  EXPECT_THAT(error_of({}, {random_tensor({4, 4, 2}, 1), w}),
              HasSubstr("input 0 is float32[4x4x2], expected 4 dimensions"));
  EXPECT_THAT(error_of({}, {x, random_tensor({3, 1, 1, 3}, 2)}), HasSubstr("do not fit"));
  EXPECT_THAT(error_of({}, {x, w, random_tensor({2}, 3)}), HasSubstr("the bias has 2 values, the weights 3 outputs"));
  EXPECT_THAT(error_of({}, {x, Tensor({DType::int16, {3, 1, 1, 2}})}),
              HasSubstr("input 1 is int16[3x1x1x2], supported are float32, int8, int4 and int2"));
  EXPECT_THAT(error_of({}, {Tensor({DType::int16, {1, 4, 4, 2}}), w}),
              HasSubstr("input 1 is float32[3x1x1x2], supported are int8"));
  EXPECT_THAT(error_of({.stride = {0, 1}}, {x, w}), HasSubstr("stride is 0"));
  EXPECT_THAT(error_of({.activation = Activation::tanh}, {x, w}), HasSubstr("fused activation TANH"));
  EXPECT_THAT(error_of({.padding = Padding::valid}, {x, random_tensor({3, 5, 1, 2}, 2)}),
              HasSubstr("a window of 5 does not fit into 4"));
}

}  // namespace
}  // namespace mirim
