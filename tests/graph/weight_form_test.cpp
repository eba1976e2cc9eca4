#include "mirim/graph/weight_form.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/graph.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Value constant(Shape shape, const std::vector<float>& numbers, WeightForm form) {
  return {.name = "w", .type = {DType::float32, std::move(shape)}, .constant = make_constant(numbers), .form = form};
}

TEST(WeightForm, rows_of_a_depthwise_filter_are_its_last_axis) {
  const RowsOf rows({1, 2, 2, 3}, 3);
  EXPECT_EQ(rows.rows(), 3);
  EXPECT_EQ(rows.columns(), 4);
  EXPECT_EQ(rows.row(5), 2);
  EXPECT_EQ(rows.element(2, 1), 5);
}

TEST(WeightForm, rows_of_a_convolution_are_its_filters) {
  const RowsOf rows({2, 1, 1, 3}, 0);
  EXPECT_EQ(rows.columns(), 3);
  EXPECT_EQ(rows.row(4), 1);
  EXPECT_EQ(rows.element(1, 1), 4);
}

TEST(WeightForm, bits_count_levels) {
  EXPECT_EQ(bits_of(grid_of_bits(8)), 8);
  EXPECT_EQ(bits_of(grid_of_bits(4)), 4);
  EXPECT_EQ(bits_of(grid_of_bits(2)), 2);
  EXPECT_EQ(bits_of({.least = -1, .most = 1}), 2);
  EXPECT_EQ(bits_of({.least = -1, .most = 1, .has_zero = false}), 1);
}

TEST(WeightForm, what_the_numbers_obey_stays) {
  Value w = constant({2, 4}, {0, 0.5F, -0.5F, 0, 1, 0, 0, -1},
                     {.sparsity = WeightForm::Sparsity{.keep = 2, .of = 4},
                      .codebook = WeightForm::Codebook{.centroids = 3, .per_row = true},
                      .grid = WeightForm::Grid{.least = -2, .most = 2, .scale = {0.5F, 0.5F}}});
  EXPECT_THAT(drop_broken_parts(w), IsEmpty());
  EXPECT_EQ(to_string(*w.form), "2 of 4, 3 centroids a row, 3 bits");
}

TEST(WeightForm, each_broken_part_is_dropped_with_a_line) {
  Value w = constant({2, 4}, {0.1F, 0.5F, -0.5F, 0, 1, 0, 0, -1},
                     {.sparsity = WeightForm::Sparsity{.keep = 2, .of = 4},
                      .codebook = WeightForm::Codebook{.centroids = 3},
                      .grid = WeightForm::Grid{.least = -2, .most = 2, .scale = {0.5F}}});
  EXPECT_THAT(drop_broken_parts(w), ElementsAre(HasSubstr("'w': has 3 numbers among 4 neighbours, its form says 2"),
                                                HasSubstr("'w': has 6 different values, its form says at most 3"),
                                                HasSubstr("'w': holds 0.1, which is no number of the 3-bit grid")));
  EXPECT_FALSE(w.form);
}

TEST(WeightForm, blocks_are_zero_as_a_whole) {
  const WeightForm form{.sparsity = WeightForm::Sparsity{.block_rows = 1, .block_columns = 4}};
  Value blocks = constant({1, 8}, {0, 0, 0, 0, 1, 2, 0, 4}, form);
  EXPECT_THAT(drop_broken_parts(blocks), IsEmpty());
  Value holes = constant({1, 8}, {0, 0, 0, 1, 1, 2, 0, 4}, form);
  EXPECT_THAT(drop_broken_parts(holes), ElementsAre(HasSubstr("has 1 blocks of 1x4")));
}

}  // namespace
}  // namespace mirim
