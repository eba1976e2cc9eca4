#include "mirim/recipe/interval.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace mirim {
namespace {

TEST(Interval, student_s_t_is_that_of_the_printed_tables) {
  // Abramowitz and Stegun, 1964, table 26.10, column 0.95 of A(t|v).
  EXPECT_NEAR(student_t_95(1), 12.706, 5e-4);
  EXPECT_NEAR(student_t_95(2), 4.303, 5e-4);
  EXPECT_NEAR(student_t_95(3), 3.182, 5e-4);
  EXPECT_NEAR(student_t_95(4), 2.776, 5e-4);
  EXPECT_NEAR(student_t_95(5), 2.571, 5e-4);
  EXPECT_NEAR(student_t_95(9), 2.262, 5e-4);
  EXPECT_NEAR(student_t_95(30), 2.042, 5e-4);
  EXPECT_NEAR(student_t_95(120), 1.980, 5e-4);
}

TEST(Interval, of_five_values_by_hand) {
  // mean 3, squares 4 + 1 + 0 + 1 + 4 = 10, s = sqrt(10 / 4) = 1.58114, half = 2.77645 * 1.58114 / sqrt(5) = 1.96324
  const Interval of_five = interval_of(std::vector<double>{1, 2, 3, 4, 5});
  EXPECT_DOUBLE_EQ(of_five.mean, 3);
  EXPECT_NEAR(of_five.half, 1.96324, 1e-5);
}

TEST(Interval, of_equal_values_has_no_width) {
  const Interval same = interval_of(std::vector<double>{0.5, 0.5});
  EXPECT_DOUBLE_EQ(same.mean, 0.5);
  EXPECT_EQ(same.half, 0);
}

}  // namespace
}  // namespace mirim
