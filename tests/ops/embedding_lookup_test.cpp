#include "mirim/ops/embedding_lookup.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

Tensor int8_table(const Quantization& q) { return Tensor({2, 2}, std::vector<std::int8_t>{1, -100, 3, 127}, q); }

TEST(EmbeddingLookup, takes_rows) {
  const Tensor table = tensor({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(floats(EmbeddingLookup{}, {indices({3}, {2, 0, 2}), table}), ElementsAre(5, 6, 1, 2, 5, 6));
  EXPECT_EQ(infer(EmbeddingLookup{}, {indices({4}, {0, 0, 0, 0}), random_tensor({3, 5, 2}, 1)}).shape,
            (Shape{4, 5, 2}));
}

// 0.5 * 3 = 1.5 and 0.5 * 127 = 63.5; with a scale for each row 2 * 3 = 6.
TEST(EmbeddingLookup, a_table_of_integers_gives_floats_or_its_own_type) {
  const Tensor positions = indices({2}, {1, 0});
  EXPECT_THAT(floats(EmbeddingLookup{}, {positions, int8_table({{0.5F}, {0}})}), ElementsAre(1.5F, 63.5F, 0.5F, -50));
  EXPECT_THAT(floats(EmbeddingLookup{}, {positions, int8_table({{0.5F, 2}, {0, 0}, 0})}),
              ElementsAre(6, 254, 0.5F, -50));
  const Tensor same = test::run_op(EmbeddingLookup{.to = DType::int8}, {positions, int8_table({{0.5F}, {7}})});
  EXPECT_THAT(test::values<std::int8_t>(same), ElementsAre(3, 127, 1, -100));
}

TEST(EmbeddingLookup, scales_that_no_runtime_takes_are_refused) {
  const Tensor positions = indices({1}, {0});
  EXPECT_THROW(infer(EmbeddingLookup{}, {positions, int8_table({{0.5F}, {3}})}), Unsupported);
  EXPECT_THROW(infer(EmbeddingLookup{}, {positions, int8_table({{0.5F, 2}, {0, 0}, 1})}), Unsupported);
  EXPECT_THROW(infer(EmbeddingLookup{}, {positions, int8_table({})}), Error);
}

TEST(EmbeddingLookup, positions_outside_are_refused_or_held_inside) {
  const Tensor table = tensor({3, 1}, {1, 2, 3}), positions = indices({2}, {-1, 7});
  EXPECT_THROW(infer(EmbeddingLookup{}, {positions, table}), Error);
  EXPECT_THAT(test::values(test::run_op_at_run_time(EmbeddingLookup{}, {positions, table}, {0})), ElementsAre(1, 3));
  EXPECT_THROW(infer(EmbeddingLookup{}, {positions, tensor({0, 1}, {})}, {0}), Error);
}

TEST(EmbeddingLookup, gradients_of_a_row_taken_twice_add_up) {
  test::expect_gradients(EmbeddingLookup{}, {indices({4}, {2, 0, 2, 1}), random_tensor({4, 3}, 1)});
}

}  // namespace
}  // namespace mirim
