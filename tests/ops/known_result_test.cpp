// Operators whose results are known before the run, or refused: RANK, RANGE, WHERE, UNIQUE; and BROADCAST_ARGS.
#include "mirim/ops/known_result.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/broadcast_args.hpp"
#include "mirim/ops/range.hpp"
#include "mirim/ops/shape.hpp"
#include "mirim/ops/unique.hpp"
#include "mirim/ops/where.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

std::vector<std::int32_t> integers(const Op& op, const std::vector<Tensor>& x) {
  return test::values<std::int32_t>(test::run_op(op, x));
}

TEST(Rank, is_the_number_of_dimensions) {
  EXPECT_THAT(integers(Rank{}, {random_tensor({2, 1, 3}, 1)}), ElementsAre(3));
  EXPECT_EQ(infer(Rank{}, {random_tensor({2}, 1)}, {0}).shape, Shape{});
}

TEST(Range, goes_from_start_up_to_limit) {
  EXPECT_THAT(integers(Range{}, {indices({}, {0}), indices({}, {5}), indices({}, {2})}), ElementsAre(0, 2, 4));
  EXPECT_THAT(integers(Range{}, {indices({}, {5}), indices({}, {0}), indices({}, {-2})}), ElementsAre(5, 3, 1));
  EXPECT_THAT(floats(Range{}, {tensor({}, {0.5F}), tensor({}, {3.5F}), tensor({}, {1})}),
              ElementsAre(0.5F, 1.5F, 2.5F));
  const auto last = indices({}, {INT32_MAX});
  EXPECT_THAT(integers(Range{}, {indices({}, {INT32_MAX - 3}), last, indices({}, {2})}),
              ElementsAre(INT32_MAX - 3, INT32_MAX - 1));
}

TEST(Range, without_an_end_or_of_unknown_length_is_refused) {
  const Tensor zero = indices({}, {0}), five = indices({}, {5});
  EXPECT_THROW(infer(Range{}, {zero, five, indices({}, {-1})}), Error);
  EXPECT_THROW(infer(Range{}, {zero, five, zero}), Error);
  EXPECT_THROW(infer(Range{}, {indices({}, {INT32_MIN}), indices({}, {INT32_MAX}), indices({}, {1})}), Error);
  EXPECT_THROW(infer(Range{}, {tensor({}, {0}), tensor({}, {1}), tensor({}, {1e-30F})}), Error);
  EXPECT_THROW(infer(Range{}, {zero, five, indices({}, {1})}, {1}), Unsupported);
}

TEST(Where, lists_what_is_true) {
  const Tensor x({2, 2}, std::vector<std::int32_t>{1, 0, 0, -1});
  EXPECT_THAT(test::values<std::int64_t>(test::run_op(Where{}, {x})), ElementsAre(0, 0, 1, 1));
  EXPECT_EQ(infer(Where{}, {tensor({3}, {0, -0.0F, 0})}).shape, (Shape{0, 1}));
  EXPECT_THROW(infer(Where{}, {x}, {0}), Unsupported);
}

TEST(Unique, keeps_the_first_of_equals) {
  const Unique op{.idx_out_type = DType::int64};
  const std::vector<Tensor> x{indices({5}, {3, 1, 3, 2, 1})};
  const auto in = test::operands_of(x);
  std::vector<Tensor> y;
  for (const TensorType& type : op.infer(Types(in))) y.emplace_back(type);
  const std::vector<ConstTensorView> given{x[0].view()};
  const std::vector<TensorView> made{y[0].view(), y[1].view()};
  op.forward(Inputs(given), Outputs(made));
  EXPECT_THAT(test::values<std::int32_t>(y[0]), ElementsAre(3, 1, 2));
  EXPECT_THAT(test::values<std::int64_t>(y[1]), ElementsAre(0, 1, 0, 2, 1));
  EXPECT_THROW(infer(Unique{}, x, {0}), Unsupported);
}

TEST(BroadcastArgs, is_the_shape_of_both) {
  EXPECT_THAT(integers(BroadcastArgs{}, {indices({1}, {4}), indices({3}, {2, 3, 1})}), ElementsAre(2, 3, 4));
  EXPECT_THAT(integers(BroadcastArgs{}, {indices({2}, {5, 1}), indices({2}, {1, 6})}), ElementsAre(5, 6));
  EXPECT_THROW(infer(BroadcastArgs{}, {indices({1}, {2}), indices({1}, {3})}), Error);
}

}  // namespace
}  // namespace mirim
