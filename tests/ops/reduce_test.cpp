#include "mirim/ops/reduce.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/cumsum.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(Mean, is_over_the_given_axes) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 10, 20, 60});
  EXPECT_THAT(floats(Mean{}, {x, indices({1}, {1})}), ElementsAre(2, 30));
  EXPECT_THAT(floats(Mean{}, {x, indices({1}, {0})}), ElementsAre(5.5F, 11, 31.5F));
  EXPECT_THAT(floats(Mean{}, {x, indices({2}, {0, 1})}), ElementsAre(16));
}

// The middle axis alone: 1 and 3, 2 and 4; 5 and 7, 6 and 8.
TEST(Mean, axes_need_not_be_at_an_end) {
  EXPECT_THAT(floats(Mean{}, {tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8}), indices({1}, {1})}),
              ElementsAre(2, 3, 6, 7));
}

TEST(Mean, axes_disappear_or_stay_as_one) {
  const Tensor x = random_tensor({2, 3, 4, 5}, 1), axes = indices({2}, {1, -2});
  EXPECT_EQ(infer(Mean{}, {x, axes}).shape, (Shape{2, 5}));
  EXPECT_EQ(infer(Mean{.keep_dims = true}, {x, axes}).shape, (Shape{2, 1, 1, 5}));
  EXPECT_THROW(infer(Mean{}, {x, indices({1}, {4})}), Error);
}

TEST(Mean, of_no_axes_is_the_input) {
  const Tensor x = random_tensor({2, 3}, 1);
  EXPECT_EQ(floats(Mean{}, {x, indices({0}, {})}), test::values(x));
}

TEST(Reduce, values_are_those_of_the_names) {
  const std::vector<Tensor> x{tensor({2, 3}, {1, 2, 3, -4, 5, -6}), indices({1}, {-1})};
  EXPECT_THAT(floats(Sum{}, x), ElementsAre(6, -5));
  EXPECT_THAT(floats(ReduceMax{}, x), ElementsAre(3, 5));
  EXPECT_THAT(floats(ReduceMin{}, x), ElementsAre(1, -6));
  EXPECT_THAT(floats(ReduceProd{}, x), ElementsAre(6, 120));
}

// A mean of integers that stand for themselves is cut towards zero.
TEST(Reduce, integers_stay_integers) {
  const std::vector<Tensor> x{indices({1, 3}, {-2, -2, 3}), indices({}, {1})};
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(Sum{}, x)), ElementsAre(-1));
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(Mean{}, x)), ElementsAre(0));
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(ReduceProd{}, x)), ElementsAre(12));
}

TEST(Reduce, of_bools_says_whether_all_or_any_are_true) {
  Tensor x({DType::boolean, {2, 2}});
  x.as<bool>()[1] = true;
  const std::vector<Tensor> rows{x, indices({1}, {1})}, columns{x, indices({1}, {0})}, both{x, indices({2}, {0, 1})};
  const auto answer = [](const Op& op, const std::vector<Tensor>& in) {
    return test::values<bool>(test::run_op(op, in));
  };
  EXPECT_THAT(answer(ReduceAny{}, rows), ElementsAre(true, false));
  EXPECT_THAT(answer(ReduceAny{}, columns), ElementsAre(false, true));
  EXPECT_THAT(answer(ReduceAll{}, both), ElementsAre(false));
  x.as<bool>()[0] = true;
  EXPECT_THAT(answer(ReduceAll{}, {x, indices({1}, {1})}), ElementsAre(true, false));
  EXPECT_THROW(infer(ReduceAny{}, {random_tensor({2}, 1), indices({1}, {0})}), Error);
}

TEST(Cumsum, adds_up_what_came_before) {
  const std::vector<Tensor> x{tensor({2, 3}, {1, 2, 3, 10, 20, 30}), indices({}, {-1})};
  EXPECT_THAT(floats(Cumsum{}, x), ElementsAre(1, 3, 6, 10, 30, 60));
  EXPECT_THAT(floats(Cumsum{.exclusive = true}, x), ElementsAre(0, 1, 3, 0, 10, 30));
  EXPECT_THAT(floats(Cumsum{.reverse = true}, x), ElementsAre(6, 5, 3, 60, 50, 30));
  EXPECT_THAT(floats(Cumsum{}, {x[0], indices({1}, {0})}), ElementsAre(1, 2, 3, 11, 22, 33));
  EXPECT_THROW(infer(Cumsum{}, {x[0], indices({2}, {0, 1})}), Error);
  test::expect_gradients(Cumsum{.exclusive = true, .reverse = true}, {x[0], indices({1}, {1})});
}

// 128 has 27 bits with its fraction of 19: little more than 2^30 in 16 steps and the start, more than 2^31 in 33.
TEST(Cumsum, of_int8_that_can_overflow_is_refused) {
  const Quantization q{{1.0F}, {0}};
  const auto lower = [&](std::int64_t length) {
    const TensorType x{DType::int8, {length}};
    const Tensor axis = indices({1}, {0});
    const std::vector<Operand> in{{&x, &q, {}}, axis.operand()}, out{{&x, &q, {}}};
    return Cumsum{}.lower(Types(in), Types(out));
  };
  EXPECT_NO_THROW(lower(16));
  EXPECT_THROW(lower(33), Error);
}

TEST(Reduce, gradients_are_right) {
  const Tensor x = random_tensor({2, 3, 2, 3}, 1);
  test::expect_gradients(Mean{}, {x, indices({2}, {1, 2})});
  test::expect_gradients(Mean{.keep_dims = true}, {x, indices({2}, {0, -1})});
  test::expect_gradients(Sum{}, {x, indices({1}, {1})});
  test::expect_gradients(ReduceMax{}, {test::distinct_tensor({2, 3, 4}, 2), indices({1}, {1})});
  test::expect_gradients(ReduceProd{}, {x, indices({1}, {0})});
}

}  // namespace
}  // namespace mirim
