#include "mirim/ops/add_n.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(AddN, adds_all_inputs) {
  EXPECT_THAT(floats(AddN{}, {tensor({2}, {1, 2}), tensor({2}, {3, 4}), tensor({2}, {5, 6})}), ElementsAre(9, 12));
  EXPECT_THROW(infer(AddN{}, {tensor({2}, {1, 2})}), Error);
  EXPECT_THROW(infer(AddN{}, {tensor({2}, {1, 2}), tensor({1}, {1})}), Error);
  test::expect_gradients(AddN{}, {random_tensor({2, 3}, 1), random_tensor({2, 3}, 2), random_tensor({2, 3}, 3)});
}

// 0.1 * (1 + 3 + 5 + 3 + 9 + 3) is 2.4, and 14 stands for (14 - 5) * 0.3 = 2.7: the zero point counts once more. So
// says tflite-micro.
TEST(AddN, of_int8_counts_the_zero_point_once_more) {
  const Quantization q{{0.1F}, {-3}};
  std::vector<Tensor> x;
  for (const std::int8_t first : {1, 5, 9}) x.emplace_back(Shape{3}, std::vector<std::int8_t>{first, 100, -128}, q);
  EXPECT_THAT(test::values<std::int8_t>(test::run_op(AddN{}, x, {{0.3F}, {5}})), ElementsAre(14, 109, -119));
  x[1].quantization = {{0.2F}, {-3}};
  EXPECT_THROW(test::run_op(AddN{}, x, {{0.3F}, {5}}), Error);
}

TEST(AddN, a_sum_that_can_overflow_is_refused) {
  const Quantization q{{0.1F}, {0}};
  EXPECT_THROW(test::run_op(AddN{}, std::vector<Tensor>(15, Tensor({1}, std::vector<std::int8_t>{127}, q)), q), Error);
}

}  // namespace
}  // namespace mirim
