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

// x[i, :] and x[:, i] as loops write them: begin is (i, anything) and (anything, i).
TEST(StridedSlice, takes_one_element_at_a_position_of_run_time) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6}), end = indices({2}, {0, 0}), ones = indices({2}, {1, 1});
  const StridedSlice row{.begin_mask = 2, .end_mask = 2, .shrink_axis_mask = 1};
  const StridedSlice column{.begin_mask = 1, .end_mask = 1, .shrink_axis_mask = 2};
  const auto at = [&](const StridedSlice& op, std::int32_t i, std::int32_t k) {
    const std::vector<Tensor> operands{x, indices({2}, {i, k}), end, ones};
    const auto held = test::values(test::run_op_at_run_time(op, operands, {1, 2}));
    Tensor y(infer(op, operands, {1}));
    std::vector<ConstTensorView> in;
    for (const Tensor& operand : operands) in.push_back(operand.view());
    const std::vector<TensorView> out{y.view()};
    op.forward(Inputs(in), Outputs(out));
    EXPECT_EQ(test::values(y), held);
    return held;
  };
  EXPECT_THAT(at(row, 1, 7), ElementsAre(4, 5, 6));
  EXPECT_THAT(at(row, -2, 7), ElementsAre(1, 2, 3));
  EXPECT_THAT(at(column, 7, 1), ElementsAre(2, 5));
  // The nearest inside.
  EXPECT_THAT(at(row, 2, 0), ElementsAre(4, 5, 6));
  EXPECT_THAT(at(row, -9, 0), ElementsAre(1, 2, 3));
  EXPECT_THAT(at(column, 0, INT32_MAX), ElementsAre(3, 6));
  EXPECT_THAT(at(column, 0, INT32_MIN), ElementsAre(1, 4));
}

TEST(StridedSlice, a_length_that_only_the_run_knows_is_refused) {
  const std::vector<Tensor> x{tensor({3}, {1, 2, 3}), indices({1}, {1}), indices({1}, {2}), indices({1}, {1})};
  EXPECT_THROW(infer(StridedSlice{}, x, {1}), Unsupported);
  EXPECT_THROW(infer(StridedSlice{}, x, {2}), Unsupported);
  EXPECT_THROW(infer(StridedSlice{}, x, {3}), Unsupported);
  EXPECT_EQ(infer(StridedSlice{.begin_mask = 1, .end_mask = 1}, x, {1, 2}).shape, (Shape{3}));
  const std::vector<Tensor> nothing{tensor({0}, {}), x[1], x[2], x[3]};
  EXPECT_THROW(infer(StridedSlice{.shrink_axis_mask = 1}, nothing, {1}), Error);
}

}  // namespace
}  // namespace mirim
