#include "mirim/ops/batch_matmul.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::tensor;
using testing::ElementsAre;

// (1 2 / 3 4) (5 6 / 7 8) = (19 22 / 43 50)
TEST(BatchMatMul, rows_by_columns) {
  const Tensor a = tensor({2, 2}, {1, 2, 3, 4}), b = tensor({2, 2}, {5, 6, 7, 8});
  EXPECT_THAT(floats(BatchMatMul{}, {a, b}), ElementsAre(19, 22, 43, 50));
  // (1 3 / 2 4) (5 6 / 7 8) and (1 2 / 3 4) (5 7 / 6 8)
  EXPECT_THAT(floats(BatchMatMul{.adj_x = true}, {a, b}), ElementsAre(26, 30, 38, 44));
  EXPECT_THAT(floats(BatchMatMul{.adj_y = true}, {a, b}), ElementsAre(17, 23, 39, 53));
}

TEST(BatchMatMul, the_axes_in_front_broadcast) {
  const Tensor rows = tensor({2, 1, 2}, {1, 2, 3, 4}), one = tensor({2, 1}, {10, 1});
  EXPECT_EQ(infer(BatchMatMul{}, {rows, one}).shape, (Shape{2, 1, 1}));
  EXPECT_THAT(floats(BatchMatMul{}, {rows, one}), ElementsAre(12, 34));
}

TEST(BatchMatMul, gradients_are_right) {
  const Tensor a = tensor({2, 2, 3}, {1, 2, -3, 4, 0.5F, 6, -1, 2, 3, 1, 1, -2});
  const Tensor b = tensor({2, 3, 2}, {2, 1, -1, 3, 0.5F, 1, 1, 2, 4, -2, 1, 0});
  const Tensor turned_a = tensor({2, 3, 2}, {1, 4, 2, 0.5F, -3, 6, -1, 1, 2, 1, 3, -2});
  const Tensor one = tensor({3, 2}, {2, 1, -1, 3, 0.5F, 1}), turned_one = tensor({2, 3}, {2, -1, 0.5F, 1, 3, 1});
  test::expect_gradients(BatchMatMul{}, {a, b});
  test::expect_gradients(BatchMatMul{.adj_x = true}, {turned_a, b});
  test::expect_gradients(BatchMatMul{}, {a, one});
  test::expect_gradients(BatchMatMul{.adj_y = true}, {a, turned_one});
}

TEST(BatchMatMul, refuses_what_does_not_fit) {
  EXPECT_THROW(infer(BatchMatMul{}, {tensor({1, 2}, {1, 2}), tensor({1, 2}, {1, 2})}), Error);
  EXPECT_THROW(infer(BatchMatMul{}, {tensor({2}, {1, 2}), tensor({2, 1}, {1, 2})}), Error);
  // 33,026 products of 255 * 255 leave 32 bits.
  const Quantization q{{1}, {-128}};
  const Tensor wide({DType::int8, {1, 33026}}, q), tall({DType::int8, {33026, 1}}, q);
  EXPECT_THROW(test::run_op(BatchMatMul{}, {wide, tall}, q), Error);
}

}  // namespace
}  // namespace mirim
