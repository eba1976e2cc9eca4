// Operators that write to positions: SCATTER_ND, SEGMENT_SUM, ONE_HOT.
#include "mirim/ops/scatter_nd.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/one_hot.hpp"
#include "mirim/ops/segment_sum.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(ScatterNd, adds_updates_to_zeros) {
  EXPECT_THAT(floats(ScatterNd{}, {indices({3, 1}, {1, 3, 1}), tensor({3}, {5, 6, 7}), indices({1}, {4})}),
              ElementsAre(0, 12, 0, 6));
  EXPECT_THAT(
      floats(ScatterNd{}, {indices({2, 2}, {0, 1, 1, 0}), tensor({2, 2}, {1, 2, 3, 4}), indices({3}, {2, 2, 2})}),
      ElementsAre(0, 0, 1, 2, 3, 4, 0, 0));
}

// 100 + 100 = 200 = -56 in 8 bits.
TEST(ScatterNd, integers_wrap_around) {
  const Tensor updates({2}, std::vector<std::int8_t>{100, 100});
  const Tensor y = test::run_op(ScatterNd{}, {indices({2, 1}, {1, 1}), updates, indices({1}, {2})});
  EXPECT_THAT(test::values<std::int8_t>(y), ElementsAre(0, -56));
}

TEST(ScatterNd, updates_outside_are_refused_or_left_out) {
  const std::vector<Tensor> x{indices({3, 1}, {-1, 2, 9}), tensor({3}, {5, 6, 7}), indices({1}, {4})};
  EXPECT_THROW(infer(ScatterNd{}, x), Error);
  EXPECT_THAT(test::values(test::run_op_at_run_time(ScatterNd{}, x, {0})), ElementsAre(0, 0, 6, 0));
  EXPECT_THROW(infer(ScatterNd{}, {x[0], tensor({2}, {1, 2}), x[2]}, {0}), Error);
  EXPECT_THROW(infer(ScatterNd{}, x, {2}), Unsupported);
}

TEST(ScatterNd, gradients_come_from_where_the_updates_went) {
  test::expect_gradients(ScatterNd{}, {indices({3, 1}, {1, 0, 1}), random_tensor({3, 2}, 1), indices({2}, {3, 2})});
}

TEST(SegmentSum, adds_rows_of_one_segment) {
  const Tensor x = tensor({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(floats(SegmentSum{}, {x, indices({3}, {0, 0, 1})}), ElementsAre(4, 6, 5, 6));
  test::expect_gradients(SegmentSum{}, {x, indices({3}, {0, 1, 1})});
}

TEST(SegmentSum, segments_rise_one_by_one_from_0) {
  const Tensor x = tensor({2}, {1, 2});
  EXPECT_THROW(infer(SegmentSum{}, {x, indices({2}, {1, 1})}), Error);
  EXPECT_THROW(infer(SegmentSum{}, {x, indices({2}, {0, 2})}), Error);
  EXPECT_THROW(infer(SegmentSum{}, {x, indices({1}, {0})}), Error);
  EXPECT_THROW(infer(SegmentSum{}, {x, indices({2}, {0, 0})}, {1}), Unsupported);
}

TEST(OneHot, is_on_at_the_position) {
  const Tensor depth = indices({}, {3}), on = tensor({}, {5}), off = tensor({}, {-1});
  EXPECT_THAT(floats(OneHot{}, {indices({2}, {0, 2}), depth, on, off}), ElementsAre(5, -1, -1, -1, -1, 5));
  EXPECT_THAT(floats(OneHot{.axis = 0}, {indices({2}, {0, 2}), depth, on, off}), ElementsAre(5, -1, -1, -1, -1, 5));
  EXPECT_THAT(floats(OneHot{.axis = 0}, {indices({2}, {1, 1}), depth, on, off}), ElementsAre(-1, -1, 5, 5, -1, -1));
  // None of the three.
  EXPECT_THAT(floats(OneHot{}, {indices({2}, {-1, 3}), depth, on, off}), ElementsAre(-1, -1, -1, -1, -1, -1));
  EXPECT_THROW(infer(OneHot{.axis = 2}, {indices({2}, {0, 2}), depth, on, off}), Error);
  EXPECT_THROW(infer(OneHot{}, {indices({2}, {0, 2}), depth, on, off}, {1}), Unsupported);
}

}  // namespace
}  // namespace mirim
