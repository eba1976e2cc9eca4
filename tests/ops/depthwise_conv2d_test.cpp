#include "mirim/ops/depthwise_conv2d.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::random_tensor, test::tensor;
using testing::ElementsAre;

// Multiplier 2 over channels (3, 5): outputs 3*1, 3*2, 5*10, 5*20, with bias 1 on the last.
TEST(DepthwiseConv2d, outputs_of_a_channel_stand_together) {
  const DepthwiseConv2d op{.depth_multiplier = 2};
  EXPECT_THAT(
      floats(op, {tensor({1, 1, 1, 2}, {3, 5}), tensor({1, 1, 1, 4}, {1, 2, 10, 20}), tensor({4}, {0, 0, 0, 1})}),
      ElementsAre(3, 6, 50, 101));
}

// A 3x1 column of ones over 1 2 3 4 with stride 2, SAME: (2 - 1) * 2 + 3 - 4 = 1 padded place, at the end: 1+2+3, 3+4.
TEST(DepthwiseConv2d, same_padding_puts_the_odd_pixel_at_the_end) {
  const DepthwiseConv2d op{.stride = {2, 1}};
  EXPECT_THAT(floats(op, {tensor({1, 4, 1, 1}, {1, 2, 3, 4}), tensor({1, 3, 1, 1}, {1, 1, 1})}), ElementsAre(6, 7));
}

TEST(DepthwiseConv2d, gradients_are_right) {
  const Tensor x = random_tensor({2, 5, 4, 3}, 1), w = random_tensor({1, 3, 2, 6}, 2), b = random_tensor({6}, 3);
  test::expect_gradients(DepthwiseConv2d{.depth_multiplier = 2}, {x, w, b});
  test::expect_gradients(DepthwiseConv2d{.padding = Padding::valid, .stride = {2, 2}}, {x, w});
  test::expect_gradients(DepthwiseConv2d{.dilation = {2, 2}}, {x, random_tensor({1, 2, 2, 3}, 4)});
}

// DS-CNN's: 25*5 places, 64 channels, 3*3 products.
TEST(DepthwiseConv2d, macs_are_outputs_times_filter) {
  EXPECT_EQ(test::cost(DepthwiseConv2d{}, {random_tensor({1, 25, 5, 64}, 1), random_tensor({1, 3, 3, 64}, 2)}).macs,
            72'000);
}

TEST(DepthwiseConv2d, versions_are_those_of_tflite) {
  const Tensor x = random_tensor({1, 4, 4, 2}, 1), w = random_tensor({1, 2, 2, 2}, 2);
  EXPECT_EQ(test::version(DepthwiseConv2d{}, {x, w}), 1);
  EXPECT_EQ(test::version(DepthwiseConv2d{.dilation = {2, 2}}, {x, w}), 2);
  EXPECT_EQ(
      test::version(DepthwiseConv2d{}, {Tensor({DType::int8, {1, 4, 4, 2}}), Tensor({DType::int8, {1, 2, 2, 2}})}), 3);
}

TEST(DepthwiseConv2d, weights_that_do_not_fit_are_refused) {
  const Tensor x = random_tensor({1, 4, 4, 2}, 1);
  EXPECT_THROW(test::infer(DepthwiseConv2d{}, {x, random_tensor({1, 2, 2, 3}, 2)}), Error);
  EXPECT_THROW(test::infer(DepthwiseConv2d{}, {x, random_tensor({2, 2, 2, 2}, 2)}), Error);
}

}  // namespace
}  // namespace mirim
