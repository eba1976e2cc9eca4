#include "mirim/ops/conv3d.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::cost, test::floats, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre, testing::HasSubstr;

// 2x2x2 volume 1..8 of one channel under one filter of ones with weight 10 at its last place: 1+...+7 + 80.
TEST(Conv3d, a_filter_of_the_size_of_the_volume_gives_one_sum) {
  const Conv3d op{.padding = Padding::valid};
  const Tensor x = tensor({1, 2, 2, 2, 1}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor weights = tensor({2, 2, 2, 1, 1}, {1, 1, 1, 1, 1, 1, 1, 10});
  EXPECT_THAT(floats(op, {x, weights, tensor({1}, {0.5F})}), ElementsAre(108.5F));
}

// One place, two channels (3, 5), three outputs: 3 + 50, 6 + 5, 0 + 500.
TEST(Conv3d, weights_end_with_input_and_output_channels) {
  const Tensor weights = tensor({1, 1, 1, 2, 3}, {1, 2, 0, 10, 1, 100});
  EXPECT_THAT(floats(Conv3d{}, {tensor({1, 1, 1, 1, 2}, {3, 5}), weights}), ElementsAre(53, 11, 500));
}

// Along depth 1 2 3: 1+2, 2+3, 3+0; with stride 2 only the first and the last; with dilation 2 in VALID 1+3.
TEST(Conv3d, strides_dilation_and_padding_along_depth) {
  const Tensor x = tensor({1, 3, 1, 1, 1}, {1, 2, 3}), w = tensor({2, 1, 1, 1, 1}, {1, 1});
  EXPECT_THAT(floats(Conv3d{}, {x, w}), ElementsAre(3, 5, 3));
  EXPECT_THAT(floats(Conv3d{.stride = {.depth = 2}}, {x, w}), ElementsAre(3, 3));
  EXPECT_THAT(floats(Conv3d{.padding = Padding::valid, .dilation = {.depth = 2}}, {x, w}), ElementsAre(4));
}

// Sums -2, 3, 9.
TEST(Conv3d, a_fused_activation_clamps) {
  const Tensor x = tensor({1, 1, 1, 3, 1}, {-2, 3, 9}), w = tensor({1, 1, 1, 1, 1}, {1});
  EXPECT_THAT(floats(Conv3d{.activation = Activation::relu6}, {x, w}), ElementsAre(0, 3, 6));
}

TEST(Conv3d, gradients_are_right) {
  const Tensor x = random_tensor({2, 3, 4, 3, 2}, 1), w = random_tensor({2, 2, 3, 2, 3}, 2), b = random_tensor({3}, 3);
  test::expect_gradients(Conv3d{}, {x, w, b});
  test::expect_gradients(Conv3d{.padding = Padding::valid, .stride = {2, 1, 1}, .dilation = {1, 2, 1}}, {x, w, b});
  test::expect_gradients(Conv3d{.stride = {1, 2, 2}}, {x, w});
}

TEST(Conv3d, the_device_kernel_gives_the_same_bits) {
  const Tensor x = random_tensor({2, 3, 4, 5, 3}, 4), w = random_tensor({2, 3, 2, 3, 6}, 5), b = random_tensor({6}, 6);
  for (const Padding padding : {Padding::same, Padding::valid}) {
    const Conv3d op{.padding = padding, .stride = {1, 2, 1}, .dilation = {2, 1, 2}, .activation = Activation::relu};
    const std::vector<ConstTensorView> in{x.view(), w.view(), b.view()};
    Tensor y(infer(op, {x, w, b}));
    const std::vector<TensorView> out{y.view()};
    forward_lowered(op, Inputs(in), Outputs(out));
    EXPECT_EQ(test::values(y), floats(op, {x, w, b}));
  }
}

// 2*3*4*5 outputs of 6 channels; each 2*3*2 taps of 3 channels.
TEST(Conv3d, counts_a_mac_for_each_weight_of_each_output) {
  const Tensor x = random_tensor({2, 3, 4, 5, 3}, 4), w = random_tensor({2, 3, 2, 3, 6}, 5);
  EXPECT_EQ(cost(Conv3d{}, {x, w}).macs, 2 * 3 * 4 * 5 * 6 * (2 * 3 * 2 * 3));
}

TEST(Conv3d, refuses_weights_that_do_not_fit) {
  const Tensor x = random_tensor({1, 3, 3, 3, 2}, 1);
  try {
    infer(Conv3d{}, {x, random_tensor({1, 1, 1, 3, 2}, 2)});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("weights [1x1x1x3x2] do not fit the input [1x3x3x3x2]"));
  }
  EXPECT_THROW(infer(Conv3d{}, {x, random_tensor({1, 1, 2, 2}, 2)}), Error);
  EXPECT_THROW(infer(Conv3d{.stride = {0, 1, 1}}, {x, random_tensor({1, 1, 1, 2, 2}, 2)}), Error);
  EXPECT_THROW(infer(Conv3d{.padding = Padding::valid}, {x, random_tensor({4, 1, 1, 2, 2}, 2)}), Error);
  EXPECT_THROW(infer(Conv3d{}, {x, random_tensor({1, 1, 1, 2, 2}, 2), random_tensor({3}, 2)}), Error);
}

}  // namespace
}  // namespace mirim
