// Operators that only move elements: PACK, UNPACK, REVERSE_V2, SELECT, SPLIT, SPLIT_V, TRANSPOSE, SHAPE, TILE,
// ZEROS_LIKE.
#include "mirim/base/error.hpp"
#include "mirim/ops/fill.hpp"
#include "mirim/ops/pack.hpp"
#include "mirim/ops/reverse_v2.hpp"
#include "mirim/ops/select_v2.hpp"
#include "mirim/ops/shape.hpp"
#include "mirim/ops/split.hpp"
#include "mirim/ops/tile.hpp"
#include "mirim/ops/transpose.hpp"
#include "mirim/ops/unpack.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

// The floats of every output.
std::vector<std::vector<float>> parts(const Op& op, const std::vector<Tensor>& inputs) {
  const auto in = test::operands_of(inputs);
  std::vector<ConstTensorView> x;
  for (const Tensor& input : inputs) x.push_back(input.view());
  std::vector<Tensor> results;
  for (const TensorType& type : op.infer(Types(in))) results.emplace_back(type);
  std::vector<TensorView> y;
  for (Tensor& result : results) y.push_back(result.view());
  op.forward(Inputs(x), Outputs(y));
  std::vector<std::vector<float>> values;
  for (const Tensor& result : results) values.push_back(test::values(result));
  return values;
}

TEST(Pack, stacks_along_a_new_axis) {
  const std::vector<Tensor> x{tensor({2}, {1, 2}), tensor({2}, {3, 4}), tensor({2}, {5, 6})};
  EXPECT_THAT(floats(Pack{}, x), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THAT(floats(Pack{.axis = -1}, x), ElementsAre(1, 3, 5, 2, 4, 6));
  EXPECT_EQ(infer(Pack{.axis = 1}, x).shape, (Shape{2, 3}));
  EXPECT_THROW(infer(Pack{.axis = 2}, x), Error);
  EXPECT_THROW(infer(Pack{}, {x[0], tensor({1}, {1})}), Error);
  test::expect_gradients(Pack{.axis = 1}, x);
}

TEST(Pack, takes_more_inputs_than_any_kernel_has_names_for) {
  std::vector<Tensor> x;
  for (int i = 0; i < 40; ++i) x.push_back(indices({}, {i}));
  const Tensor y = test::run_op(Pack{}, x);
  EXPECT_EQ(y.type, (TensorType{DType::int32, {40}}));
  EXPECT_EQ(y.as<std::int32_t>()[39], 39);
}

TEST(Unpack, undoes_pack) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(parts(Unpack{.num = 2}, {x}), ElementsAre(ElementsAre(1, 2, 3), ElementsAre(4, 5, 6)));
  EXPECT_THAT(parts(Unpack{.num = 3, .axis = -1}, {x}),
              ElementsAre(ElementsAre(1, 4), ElementsAre(2, 5), ElementsAre(3, 6)));
  EXPECT_THROW(infer(Unpack{.num = 2, .axis = 1}, {x}), Error);
}

TEST(Split, cuts_into_parts_of_one_length) {
  const Tensor x = tensor({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8});
  EXPECT_THAT(parts(Split{.num_splits = 2}, {indices({}, {-1}), x}),
              ElementsAre(ElementsAre(1, 2, 5, 6), ElementsAre(3, 4, 7, 8)));
  EXPECT_THROW(infer(Split{.num_splits = 3}, {indices({}, {1}), x}), Error);
  EXPECT_THROW(infer(Split{.num_splits = 0}, {indices({}, {1}), x}), Error);
}

TEST(SplitV, cuts_into_the_lengths_given) {
  const Tensor x = tensor({1, 5}, {1, 2, 3, 4, 5});
  const Tensor axis = indices({1}, {1});
  EXPECT_THAT(parts(SplitV{.num_splits = 3}, {x, indices({3}, {1, -1, 2}), axis}),
              ElementsAre(ElementsAre(1), ElementsAre(2, 3), ElementsAre(4, 5)));
  EXPECT_THROW(infer(SplitV{.num_splits = 2}, {x, indices({2}, {1, 2}), axis}), Error);
  EXPECT_THROW(infer(SplitV{.num_splits = 2}, {x, indices({2}, {6, -1}), axis}), Error);
  EXPECT_THROW(infer(SplitV{.num_splits = 2}, {x, indices({2}, {-1, -1}), axis}), Error);
}

TEST(Transpose, axis_k_of_the_output_is_axis_perm_k_of_the_input) {
  const Tensor x = tensor({2, 1, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(floats(Transpose{}, {x, indices({3}, {2, 1, 0})}), ElementsAre(1, 4, 2, 5, 3, 6));
  EXPECT_EQ(infer(Transpose{}, {x, indices({3}, {-1, 0, 1})}).shape, (Shape{3, 2, 1}));
  EXPECT_THROW(infer(Transpose{}, {x, indices({3}, {0, 0, 1})}), Error);
  EXPECT_THROW(infer(Transpose{}, {x, indices({2}, {0, 1})}), Error);
  test::expect_gradients(Transpose{}, {random_tensor({2, 3, 4}, 1), indices({3}, {1, 2, 0})});
}

TEST(ReverseV2, turns_the_order_round_along_its_axes) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(floats(ReverseV2{}, {x, indices({1}, {1})}), ElementsAre(3, 2, 1, 6, 5, 4));
  EXPECT_THAT(floats(ReverseV2{}, {x, indices({2}, {0, -1})}), ElementsAre(6, 5, 4, 3, 2, 1));
  EXPECT_THAT(floats(ReverseV2{}, {x, indices({0}, {})}), ElementsAre(1, 2, 3, 4, 5, 6));
  EXPECT_THROW(infer(ReverseV2{}, {x, indices({2}, {1, -1})}), Error);
  EXPECT_THROW(infer(ReverseV2{}, {x, indices({1}, {2})}), Error);
  test::expect_gradients(ReverseV2{}, {random_tensor({2, 3, 2}, 1), indices({1}, {1})});
}

TEST(Select, one_condition_stands_for_a_row_or_for_each_element) {
  const Tensor a = tensor({2, 2}, {1, 2, 3, 4}), b = tensor({2, 2}, {5, 6, 7, 8});
  const auto condition = [](Shape shape, std::size_t where) {
    Tensor result({DType::boolean, std::move(shape)});
    result.as<bool>()[where] = true;
    return result;
  };
  EXPECT_THAT(floats(Select{}, {condition({2}, 0), a, b}), ElementsAre(1, 2, 7, 8));
  EXPECT_THAT(floats(Select{}, {condition({2, 2}, 1), a, b}), ElementsAre(5, 2, 7, 8));
  EXPECT_THAT(floats(Select{}, {condition({}, 0), a, b}), ElementsAre(1, 2, 3, 4));
  EXPECT_THROW(infer(Select{}, {condition({3}, 0), a, b}), Error);
  EXPECT_THROW(infer(Select{}, {condition({2}, 0), a, tensor({2}, {1, 2})}), Error);
}

TEST(ZerosLike, has_the_shape_and_no_more) {
  EXPECT_THAT(floats(ZerosLike{}, {tensor({3}, {1, -2, 3})}), ElementsAre(0, 0, 0));
}

TEST(Tile, repeats_the_whole) {
  const Tensor x = tensor({2, 2}, {1, 2, 3, 4});
  EXPECT_THAT(floats(Tile{}, {x, indices({2}, {1, 2})}), ElementsAre(1, 2, 1, 2, 3, 4, 3, 4));
  EXPECT_THAT(floats(Tile{}, {x, indices({2}, {2, 1})}), ElementsAre(1, 2, 3, 4, 1, 2, 3, 4));
  EXPECT_THROW(infer(Tile{}, {x, indices({1}, {2})}), Error);
  EXPECT_THROW(infer(Tile{}, {x, indices({2}, {-1, 1})}), Error);
  test::expect_gradients(Tile{}, {x, indices({2}, {2, 3})});
  const Tensor four = test::random_tensor({2, 2, 2, 2}, 1);
  EXPECT_THROW(infer(Tile{}, {four, indices({4}, {2, 2, 2, 2})}), Unsupported);
}

TEST(Shape, gives_the_dimensions) {
  EXPECT_THAT(test::values<std::int32_t>(test::run_op(ShapeOf{}, {random_tensor({2, 1, 3}, 1)})), ElementsAre(2, 1, 3));
  EXPECT_THAT(test::values<std::int64_t>(test::run_op(ShapeOf{.out_type = DType::int64}, {random_tensor({4}, 1)})),
              ElementsAre(4));
}

}  // namespace
}  // namespace mirim
