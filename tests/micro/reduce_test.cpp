#include <gmock/gmock.h>

#include "mirim/micro/average_pool_2d.hpp"
#include "mirim/micro/max_pool_2d.hpp"
#include "mirim/micro/reduce.hpp"
#include "mirim/micro/softmax.hpp"

namespace mirim::micro {
namespace {

using testing::ElementsAre;

// A 3 x 3 window of stride 2 over a 3 x 3 image, SAME: its corners, four pixels each.
constexpr Pool2dParams kCorners{.batches = 1,
                                .input_height = 3,
                                .input_width = 3,
                                .channels = 1,
                                .filter_height = 3,
                                .filter_width = 3,
                                .output_height = 2,
                                .output_width = 2,
                                .stride_height = 2,
                                .stride_width = 2,
                                .padding_top = 1,
                                .padding_left = 1,
                                .activation_min = -128,
                                .activation_max = 127};
constexpr std::int8_t kImage[] = {1, 2, 3, 4, 5, 6, -7, -8, -9};

TEST(MicroAveragePool2d, counts_only_pixels_inside_and_rounds_ties_away) {
  std::int8_t output[4];
  average_pool_2d(kCorners, kImage, output);
  EXPECT_THAT(output, ElementsAre(3, 4, -2, -2));  // 12/4, 16/4, -6/4 = -1.5, -6/4
}

TEST(MicroMaxPool2d, looks_only_at_pixels_inside) {
  std::int8_t output[4];
  max_pool_2d(kCorners, kImage, output);
  EXPECT_THAT(output, ElementsAre(5, 6, 5, 6));
}

TEST(MicroMaxPool2d, clamps_to_the_fused_activation) {
  Pool2dParams p = kCorners;
  p.activation_max = 5;
  std::int8_t output[4];
  max_pool_2d(p, kImage, output);
  EXPECT_THAT(output, ElementsAre(5, 5, 5, 5));
}

TEST(MicroMean, averages_the_middle_axis) {
  // [2, 3, 2] over axis 1; zero point 1, so 3 * 1 is taken off each sum; the multiplier is 1/3.
  const MeanParams p{.kept_size = {1, 2, 2},
                     .kept_stride = {0, 6, 1},
                     .reduced_size = {1, 1, 3},
                     .reduced_stride = {0, 0, 2},
                     .input_zero_points = 3,
                     .output_offset = 10,
                     .multiplier = 1431655765,
                     .shift = -1,  // 2/3 / 2
                     .output_min = -128,
                     .output_max = 127};
  const std::int8_t input[] = {1, 4, 2, 5, 3, 6, -10, -20, -10, -20, -10, -20};
  std::int8_t output[4];
  mean(p, input, output);
  EXPECT_THAT(output, ElementsAre(11, 14, -1, -11));  // (6-3)/3, (15-3)/3, (-30-3)/3, (-60-3)/3, + 10
}

TEST(MicroSoftmax, equal_inputs_share_one_and_a_far_one_gets_nothing) {
  // Scale 1 and beta 1: 2^26 in Q5 is 1.0, so the multiplier is 1/2 with left shift 27; differences to -15 count.
  const SoftmaxParams p{.rows = 2, .depth = 4, .multiplier = 1 << 30, .left_shift = 27, .difference_min = -15};
  const std::int8_t input[] = {7, 7, 7, 7, 100, -100, 100, -128};
  std::int8_t output[8];
  softmax(p, input, output);
  EXPECT_THAT(output, ElementsAre(-64, -64, -64, -64, 0, -128, 0, -128));
}

TEST(MicroSoftmax, a_single_class_is_certain) {
  const SoftmaxParams p{.rows = 1, .depth = 1, .multiplier = 1 << 30, .left_shift = 27, .difference_min = -15};
  std::int8_t value[] = {5};
  softmax(p, value, value);
  EXPECT_EQ(value[0], 127);  // 256 - 128 does not fit
}

}  // namespace
}  // namespace mirim::micro
