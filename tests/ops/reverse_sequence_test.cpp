#include "mirim/ops/reverse_sequence.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(ReverseSequence, reverses_the_first_of_each_batch) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(floats(ReverseSequence{.seq_dim = 1, .batch_dim = 0}, {x, indices({2}, {2, 3})}),
              ElementsAre(2, 1, 3, 6, 5, 4));
  EXPECT_THAT(floats(ReverseSequence{.seq_dim = 0, .batch_dim = 1}, {x, indices({3}, {1, 2, 0})}),
              ElementsAre(1, 5, 3, 4, 2, 6));
}

TEST(ReverseSequence, lengths_outside_are_refused_or_held_inside) {
  const ReverseSequence op{.seq_dim = 1, .batch_dim = 0};
  const std::vector<Tensor> x{tensor({2, 2}, {1, 2, 3, 4}), indices({2}, {9, -1})};
  EXPECT_THROW(infer(op, x), Error);
  EXPECT_THAT(test::values(test::run_op_at_run_time(op, x, {1})), ElementsAre(2, 1, 3, 4));
  EXPECT_THROW(infer(ReverseSequence{}, x), Error);
  EXPECT_THROW(infer(ReverseSequence{.seq_dim = 2}, x), Error);
}

TEST(ReverseSequence, gradients_go_the_same_way) {
  test::expect_gradients(ReverseSequence{.seq_dim = 2, .batch_dim = 0},
                         {random_tensor({2, 2, 3, 2}, 1), indices({2}, {2, 3})});
}

}  // namespace
}  // namespace mirim
