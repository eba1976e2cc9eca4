#include "mirim/ops/compare.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/logical_not.hpp"
#include "mirim/ops/select_v2.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::indices, test::infer, test::tensor;
using testing::ElementsAre;

std::vector<bool> bools(const Op& op, const std::vector<Tensor>& inputs) {
  return test::values<bool>(test::run_op(op, inputs));
}

Tensor bool_tensor(Shape shape, const std::vector<std::uint8_t>& bits) {
  Tensor result(TensorType{DType::boolean, std::move(shape)});
  for (std::size_t i = 0; i < bits.size(); ++i) result.as<bool>()[i] = bits[i] != 0;
  return result;
}

TEST(Compare, answers_are_those_of_the_names) {
  const std::vector<Tensor> x{tensor({3}, {1, 2, 3}), tensor({3}, {2, 2, 2})};
  EXPECT_THAT(bools(Equal{}, x), ElementsAre(false, true, false));
  EXPECT_THAT(bools(NotEqual{}, x), ElementsAre(true, false, true));
  EXPECT_THAT(bools(Greater{}, x), ElementsAre(false, false, true));
  EXPECT_THAT(bools(GreaterEqual{}, x), ElementsAre(false, true, true));
  EXPECT_THAT(bools(Less{}, x), ElementsAre(true, false, false));
  EXPECT_THAT(bools(LessEqual{}, x), ElementsAre(true, true, false));
}

TEST(Compare, operands_are_repeated) {
  EXPECT_THAT(bools(Less{}, {indices({2, 1}, {1, 5}), indices({2}, {3, 7})}), ElementsAre(true, true, false, true));
}

// 10 steps of 0.5 are 5, as are 20 of 0.25.
TEST(Compare, integers_with_scales_count_by_what_they_stand_for) {
  const Tensor a(Shape{2}, std::vector<std::int8_t>{10, 10}, {{0.5F}, {0}});
  const Tensor b(Shape{2}, std::vector<std::int8_t>{20, 21}, {{0.25F}, {0}});
  EXPECT_THAT(bools(Equal{}, {a, b}), ElementsAre(true, false));
  EXPECT_THAT(bools(Less{}, {a, b}), ElementsAre(false, true));
}

TEST(Compare, logic_is_of_bools) {
  const Tensor a = bool_tensor({4}, {0, 0, 1, 1}), b = bool_tensor({4}, {0, 1, 0, 1});
  EXPECT_THAT(bools(LogicalAnd{}, {a, b}), ElementsAre(false, false, false, true));
  EXPECT_THAT(bools(LogicalOr{}, {a, b}), ElementsAre(false, true, true, true));
  EXPECT_THAT(bools(LogicalNot{}, {a}), ElementsAre(true, true, false, false));
  EXPECT_THROW(infer(LogicalAnd{}, {indices({1}, {1}), indices({1}, {1})}), Error);
}

TEST(SelectV2, takes_from_either_by_the_condition) {
  const Tensor condition = bool_tensor({2, 1}, {1, 0});
  EXPECT_THAT(test::floats(SelectV2{}, {condition, tensor({2}, {1, 2}), tensor({}, {9})}), ElementsAre(1, 2, 9, 9));
}

}  // namespace
}  // namespace mirim
