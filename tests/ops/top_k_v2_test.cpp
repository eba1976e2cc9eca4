#include "mirim/ops/top_k_v2.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::indices, test::infer, test::tensor;
using testing::ElementsAre;

struct Largest {
  std::vector<float> values;
  std::vector<std::int32_t> positions;
};

Largest largest(const Tensor& x, std::int32_t k) {
  const std::vector<Tensor> operands{x, indices({}, {k})};
  const auto in = test::operands_of(operands);
  std::vector<Tensor> y;
  for (const TensorType& type : TopKV2{}.infer(Types(in))) y.emplace_back(type);
  const std::vector<ConstTensorView> given{operands[0].view(), operands[1].view()};
  const std::vector<TensorView> made{y[0].view(), y[1].view()};
  TopKV2{}.forward(Inputs(given), Outputs(made));
  return {test::values(y[0]), test::values<std::int32_t>(y[1])};
}

TEST(TopKV2, gives_the_largest_first_and_of_equals_the_first) {
  const Largest found = largest(tensor({2, 4}, {3, 1, 3, 2, 0, 7, -1, 7}), 3);
  EXPECT_THAT(found.values, ElementsAre(3, 3, 2, 7, 7, 0));
  EXPECT_THAT(found.positions, ElementsAre(0, 2, 3, 1, 3, 0));
}

TEST(TopKV2, any_number_stands_before_nan) {
  const float nan = std::nanf("");
  EXPECT_THAT(largest(tensor({4}, {nan, 1, 2, nan}), 4).positions, ElementsAre(2, 1, 0, 3));
}

TEST(TopKV2, more_than_there_are_is_refused) {
  EXPECT_THROW(infer(TopKV2{}, {tensor({2}, {1, 2}), indices({}, {3})}), Error);
  EXPECT_THROW(infer(TopKV2{}, {tensor({2}, {1, 2}), indices({}, {-1})}), Error);
  EXPECT_THROW(infer(TopKV2{}, {tensor({2}, {1, 2}), indices({}, {1})}, {1}), Unsupported);
  EXPECT_EQ(infer(TopKV2{}, {tensor({2}, {1, 2}), indices({}, {0})}).shape, (Shape{0}));
}

TEST(TopKV2, the_gradient_goes_to_the_largest) {
  const Tensor x = tensor({4}, {3, 1, 5, 2}), k = indices({}, {2}), dy = tensor({2}, {10, 20});
  Tensor dx(x.type);
  const std::vector<ConstTensorView> given{x.view(), k.view()}, above{dy.view()};
  const std::vector<TensorView> below{dx.view()};
  TopKV2{}.backward(Inputs(given), {}, Inputs(above), Outputs(below), {});
  EXPECT_THAT(test::values(dx), ElementsAre(20, 0, 10, 0));
}

}  // namespace
}  // namespace mirim
