#include <gmock/gmock.h>

#include <limits>
#include <vector>

#include "mirim/micro/add.hpp"
#include "mirim/micro/dequantize.hpp"
#include "mirim/micro/lookup_table.hpp"
#include "mirim/micro/maximum_minimum.hpp"
#include "mirim/micro/mul.hpp"
#include "mirim/micro/prelu.hpp"
#include "mirim/micro/quantize.hpp"

namespace mirim::micro {
namespace {

using testing::ElementsAre;

constexpr std::int32_t kHalf = 1 << 30;

// Equal scales 1: each input is halved against twice the scale, and the output doubles it and drops the 20 bits.
constexpr AddParams kPlainAdd{.size = {1, 1, 1, 2, 3},
                              .input1_stride = {0, 0, 0, 3, 1},
                              .input2_stride = {0, 0, 0, 0, 1},
                              .left_shift = 20,
                              .input1_offset = 0,
                              .input1_multiplier = kHalf,
                              .input1_shift = 0,
                              .input2_offset = 0,
                              .input2_multiplier = kHalf,
                              .input2_shift = 0,
                              .output_offset = 0,
                              .output_multiplier = kHalf,
                              .output_shift = -18,
                              .activation_min = -128,
                              .activation_max = 127};

TEST(MicroAdd, a_stride_of_zero_repeats_a_row) {
  const std::int8_t a[] = {1, 2, 3, 4, 5, 6};
  const std::int8_t b[] = {10, 20, 30};
  std::int8_t output[6];
  add(kPlainAdd, a, b, output);
  EXPECT_THAT(output, ElementsAre(11, 22, 33, 14, 25, 36));
}

TEST(MicroAdd, may_write_over_its_first_input_and_saturates) {
  std::int8_t a[] = {100, -100, 3, 4, 5, 6};
  const std::int8_t b[] = {100, -100, 0};
  add(kPlainAdd, a, b, a);
  EXPECT_THAT(a, ElementsAre(127, -128, 3, 104, -95, 6));
}

TEST(MicroSub, takes_the_second_from_the_first) {
  const std::int8_t a[] = {1, 2, 3, 4, 5, 6};
  const std::int8_t b[] = {10, 20, -30};
  std::int8_t output[6];
  sub(kPlainAdd, a, b, output);
  EXPECT_THAT(output, ElementsAre(-9, -18, 33, -6, -15, 36));
}

TEST(MicroMaximum, compares_each_row_with_the_repeated_one) {
  const MaximumMinimumParams p{
      .size = {1, 1, 1, 2, 3}, .input1_stride = {0, 0, 0, 3, 1}, .input2_stride = {0, 0, 0, 0, 1}};
  const std::int8_t a[] = {1, -2, 3, 4, 5, -6};
  const std::int8_t b[] = {2, -3, 3};
  std::int8_t output[6];
  maximum(p, a, b, output);
  EXPECT_THAT(output, ElementsAre(2, -2, 3, 4, 5, 3));
  minimum(p, a, b, output);
  EXPECT_THAT(output, ElementsAre(1, -3, 3, 2, -3, -6));
}

TEST(MicroPrelu, scales_only_what_is_negative) {
  // x real = input - 1, alpha real = input; identity 1, slope 1/2.
  const PreluParams p{.size = {1, 1, 1, 1, 3},
                      .input1_stride = {0, 0, 0, 0, 1},
                      .input2_stride = {0, 0, 0, 0, 1},
                      .input1_offset = -1,
                      .input2_offset = 0,
                      .output_offset = 10,
                      .identity_multiplier = kHalf,
                      .identity_shift = 1,
                      .slope_multiplier = kHalf,
                      .slope_shift = 0,
                      .output_min = -128,
                      .output_max = 127};
  const std::int8_t x[] = {1, 8, -3};
  const std::int8_t alpha[] = {9, 9, 3};
  std::int8_t output[3];
  prelu(p, x, alpha, output);
  EXPECT_THAT(output, ElementsAre(10, 17, 4));  // 0, 7, -4 * 3 / 2
}

TEST(MicroMul, offsets_come_before_the_product) {
  // Five dimensions, the right side one number; multiplier 1/2: (a + 1) * (b - 2) / 2 + 7.
  const MulParams p{.size = {2, 1, 1, 1, 2},
                    .input1_stride = {2, 0, 0, 0, 1},
                    .input2_stride = {0, 0, 0, 0, 0},
                    .input1_offset = 1,
                    .input2_offset = -2,
                    .output_offset = 7,
                    .output_multiplier = kHalf,
                    .output_shift = 0,
                    .activation_min = -128,
                    .activation_max = 20};
  const std::int8_t a[] = {1, 3, -5, 9};
  const std::int8_t b[] = {6};
  std::int8_t output[4];
  mul(p, a, b, output);
  EXPECT_THAT(output, ElementsAre(11, 15, -1, 20));  // 4 + 7, 8 + 7, -8 + 7, 20 + 7 held at 20
}

TEST(MicroLookupTable, the_table_starts_with_zero_and_ends_with_minus_one) {
  std::vector<std::int8_t> table(256);
  for (int i = 0; i < 256; ++i) table[static_cast<std::size_t>(i)] = static_cast<std::int8_t>(i < 128 ? i / 2 : 0);
  const std::int8_t input[] = {0, 100, -1, -128, 127};
  std::int8_t output[5];
  lookup_table({.count = 5}, input, table.data(), output);
  EXPECT_THAT(output, ElementsAre(0, 50, 0, 0, 63));
}

TEST(MicroQuantize, ties_go_away_from_zero_and_far_values_saturate) {
  const float huge = std::numeric_limits<float>::infinity();
  const float input[] = {0.25F, -0.25F, 0.75F, 0.2F, 1e30F, -huge, std::numeric_limits<float>::quiet_NaN()};
  std::int8_t output[7];
  quantize({.count = 7, .scale = 0.5F, .zero_point = -3}, input, output);
  EXPECT_THAT(output, ElementsAre(-2, -4, -1, -3, 127, -128, -3));
}

TEST(MicroRequantize, goes_from_one_scale_to_another) {
  const std::int8_t input[] = {10, 11, -10, -128};
  std::int8_t output[4];
  requantize({.count = 4, .input_offset = 10, .output_offset = -5, .multiplier = kHalf, .shift = 1}, input, output);
  EXPECT_THAT(output, ElementsAre(15, 16, -5, -123));
}

TEST(MicroDequantize, is_scale_times_the_distance_from_the_zero_point) {
  const std::int8_t input[] = {-128, 0, 127};
  float output[3];
  dequantize({.count = 3, .scale = 0.5F, .zero_point = -128}, input, output);
  EXPECT_THAT(output, ElementsAre(0.0F, 64.0F, 127.5F));
}

}  // namespace
}  // namespace mirim::micro
