#include "mirim/ops/strided_slice.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::indices, test::infer, test::tensor;
using testing::ElementsAre;

// 0 to 11 as [3, 4].
Tensor twelve() { return tensor({3, 4}, {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}); }

std::vector<Tensor> sliced(std::vector<std::int32_t> begin, std::vector<std::int32_t> end,
                           std::vector<std::int32_t> strides) {
  const Shape shape{static_cast<std::int64_t>(begin.size())};
  return {twelve(), indices(shape, begin), indices(shape, end), indices(shape, strides)};
}

TEST(StridedSlice, takes_elements_from_begin_to_before_end) {
  EXPECT_THAT(test::floats(StridedSlice{}, sliced({1, 0}, {3, 4}, {1, 2})), ElementsAre(4, 6, 8, 10));
}

TEST(StridedSlice, negative_positions_count_from_the_end_and_negative_strides_walk_backwards) {
  EXPECT_THAT(test::floats(StridedSlice{}, sliced({-1, -1}, {-3, -5}, {-1, -2})), ElementsAre(11, 9, 7, 5));
}

TEST(StridedSlice, positions_outside_end_at_the_border) {
  EXPECT_THAT(test::floats(StridedSlice{}, sliced({-9, 2}, {1, 9}, {1, 1})), ElementsAre(2, 3));
  EXPECT_EQ(infer(StridedSlice{}, sliced({2, 0}, {1, 4}, {1, 1})).shape, (Shape{0, 4}));
}

TEST(StridedSlice, masks_ignore_positions) {
  const auto x = sliced({2, 3}, {1, 2}, {1, -3});
  EXPECT_THAT(test::floats(StridedSlice{.begin_mask = 3, .end_mask = 3}, x), ElementsAre(3, 0, 7, 4, 11, 8));
}

TEST(StridedSlice, a_shrunk_axis_disappears) {
  const StridedSlice op{.shrink_axis_mask = 1};
  EXPECT_EQ(infer(op, sliced({-1, 0}, {0, 2}, {1, 1})).shape, (Shape{2}));
  EXPECT_THAT(test::floats(op, sliced({-1, 0}, {0, 2}, {1, 1})), ElementsAre(8, 9));
}

// x[..., newaxis, 1:2] of [3, 4] is [3, 1, 1].
TEST(StridedSlice, an_ellipsis_stands_for_the_axes_left_and_a_new_axis_for_one) {
  const StridedSlice op{.ellipsis_mask = 1, .new_axis_mask = 2};
  EXPECT_EQ(infer(op, sliced({0, 0, 1}, {0, 0, 2}, {1, 1, 1})).shape, (Shape{3, 1, 1}));
  EXPECT_THAT(test::floats(op, sliced({0, 0, 1}, {0, 0, 2}, {1, 1, 1})), ElementsAre(1, 5, 9));
}

TEST(StridedSlice, an_ellipsis_may_stand_for_no_axis) {
  EXPECT_THAT(test::floats(StridedSlice{.ellipsis_mask = 1}, sliced({0, 1, 0}, {0, 2, 2}, {1, 1, 1})),
              ElementsAre(4, 5));
}

TEST(StridedSlice, with_offset_the_end_counts_from_the_begin) {
  EXPECT_THAT(test::floats(StridedSlice{.offset = true}, sliced({1, 1}, {1, 2}, {1, 1})), ElementsAre(5, 6));
}

TEST(StridedSlice, axes_behind_the_last_entry_stay_whole) {
  EXPECT_THAT(test::floats(StridedSlice{}, sliced({1}, {2}, {1})), ElementsAre(4, 5, 6, 7));
}

TEST(StridedSlice, gradients_are_right) { test::expect_gradients(StridedSlice{}, sliced({2, 0}, {0, 4}, {-1, 3})); }

TEST(StridedSlice, what_makes_no_sense_is_refused) {
  EXPECT_THROW(infer(StridedSlice{}, sliced({0, 0}, {1, 1}, {1, 0})), Error);
  EXPECT_THROW(infer(StridedSlice{}, sliced({0, 0, 0}, {1, 1, 1}, {1, 1, 1})), Error);
  EXPECT_THROW(infer(StridedSlice{.shrink_axis_mask = 1}, sliced({3}, {4}, {1})), Error);
  EXPECT_THROW(infer(StridedSlice{}, {twelve(), indices({1}, {0}), indices({2}, {1, 1}), indices({1}, {1})}), Error);
}

// TFLite's op_version.cc.
TEST(StridedSlice, versions_are_those_of_tflite) {
  const auto x = sliced({0}, {1}, {1});
  EXPECT_EQ(test::version(StridedSlice{}, x), 1);
  EXPECT_EQ(test::version(StridedSlice{.new_axis_mask = 1}, x), 6);
  EXPECT_EQ(test::version(StridedSlice{.offset = true}, x), 8);
}

}  // namespace
}  // namespace mirim
