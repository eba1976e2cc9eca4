#include "mirim/ops/gather.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/arg_max.hpp"
#include "mirim/ops/gather_nd.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(Gather, takes_slices_in_the_order_of_the_positions) {
  const Tensor x = tensor({3, 2}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(floats(Gather{}, {x, indices({2}, {2, 0})}), ElementsAre(5, 6, 1, 2));
  EXPECT_THAT(floats(Gather{.axis = -1}, {x, indices({}, {1})}), ElementsAre(2, 4, 6));
  EXPECT_EQ(infer(Gather{}, {x, indices({2, 4}, {0, 0, 0, 0, 0, 0, 0, 0})}).shape, (Shape{2, 4, 2}));
}

TEST(Gather, each_batch_has_positions_of_its_own) {
  const std::vector<Tensor> x{tensor({2, 3}, {1, 2, 3, 4, 5, 6}), indices({2, 2}, {2, 1, 0, 0})};
  EXPECT_THAT(floats(Gather{.axis = 1, .batch_dims = 1}, x), ElementsAre(3, 2, 4, 4));
  EXPECT_THROW(infer(Gather{.axis = 0, .batch_dims = 1}, x), Error);
}

// What is known is checked; a device takes the nearest position that there is.
TEST(Gather, positions_outside_are_refused_or_held_inside) {
  const Tensor x = tensor({3}, {1, 2, 3}), positions = indices({2}, {-1, 7});
  EXPECT_THROW(infer(Gather{}, {x, positions}), Error);
  Tensor y(TensorType{DType::float32, {2}});
  const std::vector<ConstTensorView> in{x.view(), positions.view()};
  const std::vector<TensorView> out{y.view()};
  Gather{}.forward(Inputs(in), Outputs(out));
  EXPECT_THAT(test::values(y), ElementsAre(1, 3));
}

TEST(Gather, gradients_are_right) {
  test::expect_gradients(Gather{.axis = 1}, {random_tensor({2, 3, 2}, 1), indices({4}, {2, 0, 2, 1})});
}

TEST(GatherNd, takes_slices_at_the_coordinates) {
  const Tensor x = tensor({2, 2, 2}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_THAT(floats(GatherNd{}, {x, indices({2, 2}, {1, 0, 0, 1})}), ElementsAre(5, 6, 3, 4));
  EXPECT_THAT(floats(GatherNd{}, {x, indices({3}, {1, 0, 1})}), ElementsAre(6));
  EXPECT_EQ(infer(GatherNd{}, {x, indices({3, 1, 1}, {0, 0, 0})}).shape, (Shape{3, 1, 2, 2}));
  EXPECT_THROW(infer(GatherNd{}, {x, indices({1, 4}, {0, 0, 0, 0})}), Error);
}

TEST(GatherNd, positions_outside_are_refused_or_held_inside) {
  const Tensor x = tensor({2, 2}, {1, 2, 3, 4}), positions = indices({2, 2}, {-1, 7, 9, 0});
  EXPECT_THROW(infer(GatherNd{}, {x, positions}), Error);
  Tensor y(TensorType{DType::float32, {2}});
  const std::vector<ConstTensorView> in{x.view(), positions.view()};
  GatherNd{}.forward(Inputs(in), Outputs(std::vector<TensorView>{y.view()}));
  EXPECT_THAT(test::values(y), ElementsAre(2, 3));
}

TEST(ArgMax, is_the_first_of_the_largest) {
  const std::vector<Tensor> x{tensor({2, 3}, {1, 5, 5, 9, 0, 3}), indices({}, {-1})};
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(ArgMax{}, x)), ElementsAre(1, 0));
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(ArgMin{}, x)), ElementsAre(0, 1));
  EXPECT_THAT(test::values<std::int64_t>(test::run_op(ArgMax{.output_type = DType::int64}, {x[0], indices({1}, {0})})),
              ElementsAre(1, 0, 0));
  EXPECT_THROW(infer(ArgMax{}, {tensor({2, 0}, {}), indices({}, {1})}), Error);
}

}  // namespace
}  // namespace mirim
