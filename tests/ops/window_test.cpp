#include "mirim/ops/window.hpp"

#include <gtest/gtest.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

// MobileNet's first layer: 96 by a filter of 3 and stride 2 gives 48; (48 - 1) * 2 + 3 - 96 = 1 padded, none in front.
TEST(Window, same_padding_is_split_with_the_odd_one_at_the_end) {
  const Window even = slide("op", Padding::same, 96, 3, 2, 1);
  EXPECT_EQ(even.output, 48);
  EXPECT_EQ(even.before, 0);
  EXPECT_EQ(even.start(1), 2);
  // Stride 1 needs 2, one in front.
  EXPECT_EQ(slide("op", Padding::same, 96, 3, 1, 1).before, 1);
  // DS-CNN's first layer: 49 by 10, stride 2: 25; 48 + 10 - 49 = 9, 4 in front.
  EXPECT_EQ(slide("op", Padding::same, 49, 10, 2, 1).output, 25);
  EXPECT_EQ(slide("op", Padding::same, 49, 10, 2, 1).before, 4);
}

TEST(Window, a_stride_beyond_the_filter_needs_no_padding) {
  const Window window = slide("op", Padding::same, 10, 1, 3, 1);
  EXPECT_EQ(window.output, 4);
  EXPECT_EQ(window.before, 0);
}

// A filter of 3 with dilation 2 covers 5 places.
TEST(Window, valid_takes_whole_windows_only) {
  EXPECT_EQ(slide("op", Padding::valid, 10, 3, 2, 2).output, 3);
  EXPECT_EQ(slide("op", Padding::valid, 5, 3, 1, 2).output, 1);
  EXPECT_THROW(slide("op", Padding::valid, 4, 3, 1, 2), Error);
}

TEST(Window, sizes_of_a_broken_file_are_refused) {
  EXPECT_THROW(slide("op", Padding::same, 4, 0, 1, 1), Error);
  EXPECT_THROW(slide("op", Padding::same, 4, 1, -1, 1), Error);
  EXPECT_THROW(slide("op", Padding::same, 4, 1, 1, 0), Error);
  EXPECT_THROW(slide("op", Padding::same, 4, INT64_MAX, 1, INT32_MAX), Error);
}

}  // namespace
}  // namespace mirim
