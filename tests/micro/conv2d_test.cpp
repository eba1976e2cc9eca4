#include "mirim/micro/conv2d.hpp"

#include <gmock/gmock.h>

#include "mirim/micro/depthwise_conv2d.hpp"
#include "mirim/micro/fully_connected.hpp"

namespace mirim::micro {
namespace {

using testing::ElementsAre;

// A multiplier of 1/2 with one more shift is 1: sums come out as they are.
constexpr std::int32_t kHalf = 1 << 30;

TEST(MicroConv2d, what_lies_outside_adds_nothing_whatever_the_zero_point) {
  // 3x3 of ones over a 2x2 image, SAME: every output sees all four pixels. Real pixels are input + 10.
  const Conv2dParams p{.batches = 1,
                       .input_height = 2,
                       .input_width = 2,
                       .input_channels = 1,
                       .filter_height = 3,
                       .filter_width = 3,
                       .filter_channels = 1,
                       .output_height = 2,
                       .output_width = 2,
                       .output_channels = 1,
                       .stride_height = 1,
                       .stride_width = 1,
                       .dilation_height = 1,
                       .dilation_width = 1,
                       .padding_top = 1,
                       .padding_left = 1,
                       .input_offset = 10,
                       .weights_offset = 0,
                       .output_offset = -5,
                       .multiplier_stride = 0,
                       .activation_min = -128,
                       .activation_max = 127};
  const std::int8_t input[] = {-9, -8, -7, -6};  // 1 2 3 4
  const std::int8_t weights[] = {1, 1, 1, 1, 1, 1, 1, 1, 1};
  const std::int32_t bias[] = {100};
  const std::int32_t multiplier[] = {kHalf};
  const std::int32_t shift[] = {1};
  std::int8_t output[4];
  conv2d(p, input, weights, bias, multiplier, shift, output);
  EXPECT_THAT(output, ElementsAre(105, 105, 105, 105));  // 1 + 2 + 3 + 4 + 100 - 5
}

TEST(MicroConv2d, dilation_stride_and_channels_find_their_pixels) {
  // 1 x 5 x 2, filter 1 x 2 dilated by 2, stride 2, two outputs; VALID, so x in {0, 1} reads columns 2x and 2x + 2.
  const Conv2dParams p{.batches = 1,
                       .input_height = 1,
                       .input_width = 5,
                       .input_channels = 2,
                       .filter_height = 1,
                       .filter_width = 2,
                       .filter_channels = 2,
                       .output_height = 1,
                       .output_width = 2,
                       .output_channels = 2,
                       .stride_height = 1,
                       .stride_width = 2,
                       .dilation_height = 1,
                       .dilation_width = 2,
                       .padding_top = 0,
                       .padding_left = 0,
                       .input_offset = 0,
                       .weights_offset = 0,
                       .output_offset = 0,
                       .multiplier_stride = 1,
                       .activation_min = -20,
                       .activation_max = 60};
  const std::int8_t input[] = {1, 2, 99, 99, 3, 4, 99, 99, 5, 6};
  const std::int8_t weights[] = {1, 2, 3, 4, -1, 0, 0, -2};
  const std::int32_t multiplier[] = {kHalf, kHalf};
  const std::int32_t shift[] = {1, 2};  // the second output is doubled
  std::int8_t output[4];
  conv2d(p, input, weights, static_cast<const std::int32_t*>(nullptr), multiplier, shift, output);
  // x=0: 1+4+9+16 = 30; 2 * (-1 - 8) = -18.  x=1: 3+8+15+24 = 50; 2 * (-3 - 12) = -30, held at -20.
  EXPECT_THAT(output, ElementsAre(30, -18, 50, -20));
}

TEST(MicroConv2d, groups_read_their_own_channels) {
  const Conv2dParams p{.batches = 2,
                       .input_height = 1,
                       .input_width = 1,
                       .input_channels = 4,
                       .filter_height = 1,
                       .filter_width = 1,
                       .filter_channels = 2,
                       .output_height = 1,
                       .output_width = 1,
                       .output_channels = 2,
                       .stride_height = 1,
                       .stride_width = 1,
                       .dilation_height = 1,
                       .dilation_width = 1,
                       .padding_top = 0,
                       .padding_left = 0,
                       .input_offset = 0,
                       .weights_offset = 0,
                       .output_offset = 0,
                       .multiplier_stride = 0,
                       .activation_min = -128,
                       .activation_max = 127};
  const std::int8_t input[] = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::int8_t weights[] = {1, 10, 1, 10};
  const std::int32_t multiplier[] = {kHalf};
  const std::int32_t shift[] = {1};
  std::int8_t output[4];
  conv2d(p, input, weights, static_cast<const std::int32_t*>(nullptr), multiplier, shift, output);
  EXPECT_THAT(output, ElementsAre(21, 43, 65, 87));
}

TEST(MicroDepthwiseConv2d, output_channels_of_one_input_channel_are_neighbours) {
  // 2 x 1 x 2 image, 2 x 1 filter, depth multiplier 2, VALID.
  const DepthwiseConv2dParams p{.batches = 1,
                                .input_height = 2,
                                .input_width = 1,
                                .input_channels = 2,
                                .filter_height = 2,
                                .filter_width = 1,
                                .depth_multiplier = 2,
                                .output_height = 1,
                                .output_width = 1,
                                .stride_height = 1,
                                .stride_width = 1,
                                .dilation_height = 1,
                                .dilation_width = 1,
                                .padding_top = 0,
                                .padding_left = 0,
                                .input_offset = 1,
                                .weights_offset = 0,
                                .output_offset = 0,
                                .multiplier_stride = 0,
                                .activation_min = -128,
                                .activation_max = 127};
  const std::int8_t input[] = {0, 1, 2, 3};  // real 1 2 / 3 4
  const std::int8_t weights[] = {1, 2, 3, 4, 5, 6, 7, 8};
  const std::int32_t bias[] = {0, 1, 0, 0};
  const std::int32_t multiplier[] = {kHalf};
  const std::int32_t shift[] = {1};
  std::int8_t output[4];
  depthwise_conv2d(p, input, weights, bias, multiplier, shift, output);
  EXPECT_THAT(output, ElementsAre(1 + 15, 1 + 2 + 18, 6 + 28, 8 + 32));
}

TEST(MicroFullyConnected, each_output_has_its_row_of_weights) {
  const FullyConnectedParams p{.batches = 2,
                               .inputs = 2,
                               .outputs = 2,
                               .input_offset = -1,
                               .weights_offset = 0,
                               .output_offset = 3,
                               .multiplier_stride = 1,
                               .activation_min = 3,
                               .activation_max = 127};
  const std::int8_t input[] = {2, 3, 4, 5};  // real 1 2 / 3 4
  const std::int8_t weights[] = {1, 2, -3, 1};
  const std::int32_t bias[] = {0, 2};
  const std::int32_t multiplier[] = {kHalf, kHalf};
  const std::int32_t shift[] = {1, 1};
  std::int8_t output[4];
  fully_connected(p, input, weights, bias, multiplier, shift, output);
  EXPECT_THAT(output, ElementsAre(8, 4, 14, 3));  // 5 + 3; -1 + 2 + 3; 11 + 3; -5 + 2 + 3 held at 3
}

}  // namespace
}  // namespace mirim::micro
