#include "mirim/ops/dynamic_update_slice.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(DynamicUpdateSlice, puts_the_update_in_place) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6}), update = tensor({1, 2}, {8, 9});
  EXPECT_THAT(floats(DynamicUpdateSlice{}, {x, update, indices({2}, {1, 0})}), ElementsAre(1, 2, 3, 8, 9, 6));
  EXPECT_THAT(floats(DynamicUpdateSlice{}, {x, update, indices({2}, {0, 1})}), ElementsAre(1, 8, 9, 4, 5, 6));
  EXPECT_THAT(floats(DynamicUpdateSlice{}, {x, tensor({2, 3}, {6, 5, 4, 3, 2, 1}), indices({2}, {7, 7})}),
              ElementsAre(6, 5, 4, 3, 2, 1));
}

// (5, 2) becomes (1, 1), the last position at which a 1 x 2 is inside; (-3, -1) the first.
TEST(DynamicUpdateSlice, a_position_outside_becomes_the_nearest_inside) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6}), update = tensor({1, 2}, {8, 9});
  EXPECT_THAT(floats(DynamicUpdateSlice{}, {x, update, indices({2}, {5, 2})}), ElementsAre(1, 2, 3, 4, 8, 9));
  EXPECT_THAT(floats(DynamicUpdateSlice{}, {x, update, indices({2}, {-3, -1})}), ElementsAre(8, 9, 3, 4, 5, 6));
  const Tensor wide({2}, std::vector<std::int64_t>{INT64_MAX, INT64_MIN});
  EXPECT_THAT(floats(DynamicUpdateSlice{}, {x, update, wide}), ElementsAre(1, 2, 3, 8, 9, 6));
}

TEST(DynamicUpdateSlice, may_write_over_its_operand) {
  std::vector<Tensor> x{tensor({4}, {1, 2, 3, 4}), tensor({2}, {8, 9}), indices({1}, {1})};
  const auto in = test::operands_of(x);
  const std::vector<Operand> out{{&x[0].type, &x[0].quantization, {}}};
  const KernelCall call = DynamicUpdateSlice{}.lower(Types(in), Types(out));
  EXPECT_THAT(call.may_overwrite, ElementsAre(0));
  const std::vector<ConstTensorView> given{x[0].view(), x[1].view(), x[2].view()};
  const std::vector<TensorView> made{x[0].view()};
  run(call, Inputs(given), Outputs(made));
  EXPECT_THAT(test::values(x[0]), ElementsAre(1, 8, 9, 4));
}

TEST(DynamicUpdateSlice, an_update_that_does_not_fit_is_refused) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THROW(infer(DynamicUpdateSlice{}, {x, tensor({1, 4}, {1, 2, 3, 4}), indices({2}, {0, 0})}), Error);
  EXPECT_THROW(infer(DynamicUpdateSlice{}, {x, tensor({2}, {1, 2}), indices({2}, {0, 0})}), Error);
  EXPECT_THROW(infer(DynamicUpdateSlice{}, {x, tensor({1, 1}, {1}), indices({1}, {0})}), Error);
  EXPECT_THROW(infer(DynamicUpdateSlice{}, {x, indices({1, 1}, {1}), indices({2}, {0, 0})}), Error);
}

TEST(DynamicUpdateSlice, gradients_go_to_what_stands_in_the_result) {
  test::expect_gradients(DynamicUpdateSlice{},
                         {random_tensor({3, 4}, 1), random_tensor({2, 2}, 2), indices({2}, {1, 9})});
}

}  // namespace
}  // namespace mirim
