#include "mirim/graph/shape.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

TEST(Shape, elements_are_the_product) {
  EXPECT_EQ((Shape{2, 3, 4}).elements(), 24);
  EXPECT_EQ(Shape{}.elements(), 1);
  EXPECT_EQ((Shape{5, 0}).elements(), 0);
}

TEST(Shape, sizes_of_a_broken_file_are_refused) {
  EXPECT_THROW((Shape{2, -1}).elements(), Error);
  EXPECT_THROW((Shape{std::int64_t{1} << 40, 1 << 10}).elements(), Error);
  // The product overflows before the 0 could hide it.
  EXPECT_THROW((Shape{INT64_MAX, INT64_MAX, 0}).elements(), Error);
}

TEST(Shape, text_is_parsed_back) {
  for (const Shape& shape : {Shape{}, Shape{7}, Shape{1, 32, 32, 3}, Shape{0, 2}}) {
    EXPECT_EQ(parse_shape(to_string(shape)), shape);
  }
  EXPECT_EQ(to_string({1, 32, 32, 3}), "1x32x32x3");
  EXPECT_EQ(to_string({}), "scalar");
}

TEST(Shape, what_is_no_shape_is_refused) {
  for (const char* text : {"", "x", "1x", "x1", "1xx2", "1x2y", "a", "99999999999999999999"}) {
    EXPECT_THROW(parse_shape(text), Error) << text;
  }
}

TEST(Shape, one_stretches_to_any_size) {
  EXPECT_EQ(broadcast({2, 1, 4}, {3, 1}), (Shape{2, 3, 4}));
  EXPECT_EQ(broadcast({}, {5}), (Shape{5}));
  EXPECT_EQ(broadcast({0}, {1}), (Shape{0}));
  EXPECT_THROW(broadcast({2}, {3}), Error);
}

TEST(Shape, negative_axes_count_from_the_end) {
  EXPECT_EQ(normalize_axis(-1, 4), 3);
  EXPECT_EQ(normalize_axis(0, 4), 0);
  EXPECT_THROW(normalize_axis(4, 4), Error);
  EXPECT_THROW(normalize_axis(-5, 4), Error);
}

}  // namespace
}  // namespace mirim
