#include "mirim/ops/unsorted_segment.hpp"

#include <gmock/gmock.h>

#include <limits>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

Tensor numbers(Shape shape, std::vector<std::int32_t> values) { return Tensor(std::move(shape), values); }

// Rows 1 2, 3 4, 5 6 in segments 2, 0, 2 of 3: segment 1 is empty.
TEST(UnsortedSegment, rows_are_combined_wherever_they_are) {
  const std::vector<Tensor> x{Tensor({3, 2}, std::vector<float>{1, 2, 3, 4, 5, 6}), numbers({3}, {2, 0, 2}),
                              numbers({}, {3})};
  constexpr float kMost = std::numeric_limits<float>::max();
  EXPECT_THAT(test::values(test::run_op(UnsortedSegmentSum{}, x)), ElementsAre(3, 4, 0, 0, 6, 8));
  EXPECT_THAT(test::values(test::run_op(UnsortedSegmentProd{}, x)), ElementsAre(3, 4, 1, 1, 5, 12));
  EXPECT_THAT(test::values(test::run_op(UnsortedSegmentMax{}, x)), ElementsAre(3, 4, -kMost, -kMost, 5, 6));
  EXPECT_THAT(test::values(test::run_op(UnsortedSegmentMin{}, x)), ElementsAre(3, 4, kMost, kMost, 1, 2));
}

TEST(UnsortedSegment, segments_may_have_several_axes_and_integers_wrap_around) {
  const std::vector<Tensor> x{numbers({2, 2}, {1 << 30, 1 << 30, 5, 7}), numbers({2, 2}, {0, 0, 1, -1}),
                              numbers({1}, {2})};
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(UnsortedSegmentSum{}, x)),
              ElementsAre(std::numeric_limits<std::int32_t>::min(), 5));
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(UnsortedSegmentProd{}, x)), ElementsAre(0, 5));
}

TEST(UnsortedSegment, segments_that_are_too_high_are_refused_or_left_out) {
  const std::vector<Tensor> x{Tensor({3}, std::vector<float>{1, 2, 4}), numbers({3}, {1, 2, 1}), numbers({}, {2})};
  EXPECT_THROW(test::infer(UnsortedSegmentSum{}, x), Error);
  EXPECT_THAT(test::values(test::run_op_at_run_time(UnsortedSegmentSum{}, x, {1})), ElementsAre(0, 5));
}

TEST(UnsortedSegment, operands_must_fit) {
  const Tensor x({3}, std::vector<float>{1, 2, 4}), rows = numbers({3}, {0, 0, 0});
  EXPECT_THROW(test::infer(UnsortedSegmentSum{}, {x, numbers({2}, {0, 0}), numbers({}, {1})}), Error);
  EXPECT_THROW(test::infer(UnsortedSegmentSum{}, {x, rows, numbers({2}, {1, 1})}), Error);
  EXPECT_THROW(test::infer(UnsortedSegmentSum{}, {x, rows, numbers({}, {-1})}), Error);
  EXPECT_THROW(test::infer(UnsortedSegmentSum{}, {x, numbers({}, {0}), numbers({}, {1})}), Error);
}

TEST(UnsortedSegment, gradients_are_right) {
  const std::vector<Tensor> x{test::random_tensor({5, 2}, 3), numbers({5}, {1, 0, -1, 1, 1}), numbers({}, {2})};
  test::expect_gradients(UnsortedSegmentSum{}, x);
  test::expect_gradients(UnsortedSegmentProd{}, x);
  test::expect_gradients(UnsortedSegmentMax{}, x);
  test::expect_gradients(UnsortedSegmentMin{}, x);
}

}  // namespace
}  // namespace mirim
