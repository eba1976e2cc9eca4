// Operators that see their input in another way: SLICE, BROADCAST_TO, EXPAND_DIMS, SQUEEZE, FILL, SPACE_TO_DEPTH,
// DEPTH_TO_SPACE, PADV2, MIRROR_PAD.
#include "mirim/ops/slice.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/broadcast_to.hpp"
#include "mirim/ops/expand_dims.hpp"
#include "mirim/ops/fill.hpp"
#include "mirim/ops/mirror_pad.hpp"
#include "mirim/ops/pad.hpp"
#include "mirim/ops/space_to_depth.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

TEST(Slice, takes_size_elements_from_begin) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_THAT(floats(Slice{}, {x, indices({2}, {0, 1}), indices({2}, {2, 1})}), ElementsAre(2, 5));
  EXPECT_THAT(floats(Slice{}, {x, indices({2}, {1, 1}), indices({2}, {1, -1})}), ElementsAre(5, 6));
  EXPECT_THROW(infer(Slice{}, {x, indices({2}, {0, 1}), indices({2}, {2, 3})}), Error);
  test::expect_gradients(Slice{}, {random_tensor({2, 3}, 1), indices({2}, {0, 1}), indices({2}, {2, 2})});
}

// (1, 5) becomes (1, 2), the last at which two columns are inside; (-9, 1) becomes (0, 1).
TEST(Slice, a_begin_of_run_time_is_held_inside) {
  const Tensor x = tensor({2, 4}, {1, 2, 3, 4, 5, 6, 7, 8}), size = indices({2}, {1, 2});
  const auto at = [&](const Tensor& begin) {
    const std::vector<Tensor> operands{x, begin, size};
    const auto held = test::values(test::run_op_at_run_time(Slice{}, operands, {1}));
    // The host, which knows the begin.
    Tensor y(infer(Slice{}, operands, {1}));
    const std::vector<ConstTensorView> in{x.view(), begin.view(), size.view()};
    const std::vector<TensorView> out{y.view()};
    Slice{}.forward(Inputs(in), Outputs(out));
    EXPECT_EQ(test::values(y), held);
    return held;
  };
  EXPECT_THAT(at(indices({2}, {0, 1})), ElementsAre(2, 3));
  EXPECT_THAT(at(indices({2}, {1, 5})), ElementsAre(7, 8));
  EXPECT_THAT(at(indices({2}, {-9, 1})), ElementsAre(2, 3));
  EXPECT_THAT(at(Tensor({2}, std::vector<std::int64_t>{INT64_MAX, INT64_MIN})), ElementsAre(5, 6));
  // The rest is the whole axis.
  EXPECT_EQ(infer(Slice{}, {x, indices({2}, {0, 0}), indices({2}, {1, -1})}, {1}).shape, (Shape{1, 4}));
  EXPECT_THROW(infer(Slice{}, {x, indices({2}, {0, 0}), size}, {2}), Unsupported);
  EXPECT_THROW(infer(Slice{}, {x, indices({1}, {0}), size}, {1}), Error);
  EXPECT_THROW(infer(Slice{}, {x, indices({2}, {0, 0}), indices({2}, {3, 1})}, {1}), Error);
}

TEST(BroadcastTo, repeats_axes_of_one) {
  const Tensor x = tensor({2, 1}, {1, 2});
  EXPECT_THAT(floats(BroadcastTo{}, {x, indices({2}, {2, 3})}), ElementsAre(1, 1, 1, 2, 2, 2));
  EXPECT_EQ(infer(BroadcastTo{}, {x, indices({3}, {4, 2, 3})}).shape, (Shape{4, 2, 3}));
  EXPECT_THROW(infer(BroadcastTo{}, {x, indices({2}, {3, 3})}), Error);
  test::expect_gradients(BroadcastTo{}, {x, indices({3}, {2, 2, 3})});
}

TEST(ExpandDims, and_squeeze_only_rename) {
  const Tensor x = tensor({2, 3}, {1, 2, 3, 4, 5, 6});
  EXPECT_EQ(infer(ExpandDims{}, {x, indices({}, {-1})}).shape, (Shape{2, 3, 1}));
  EXPECT_THAT(floats(ExpandDims{}, {x, indices({1}, {1})}), ElementsAre(1, 2, 3, 4, 5, 6));
  const Tensor ones = random_tensor({1, 3, 1}, 1);
  EXPECT_EQ(infer(Squeeze{}, {ones}).shape, (Shape{3}));
  EXPECT_EQ(infer(Squeeze{.squeeze_dims = {-1}}, {ones}).shape, (Shape{1, 3}));
  EXPECT_THROW(infer(Squeeze{.squeeze_dims = {1}}, {ones}), Error);
}

TEST(Fill, puts_one_value_everywhere) {
  EXPECT_THAT(floats(Fill{}, {indices({2}, {2, 1}), tensor({}, {7})}), ElementsAre(7, 7));
  EXPECT_THROW(infer(Fill{}, {indices({1}, {-1}), tensor({}, {7})}), Error);
}

// Two blocks of 2x2 beside each other: pixels 1 2 5 6 and 3 4 7 8.
TEST(SpaceToDepth, blocks_become_channels_and_back) {
  const Tensor x = tensor({1, 2, 4, 1}, {1, 2, 3, 4, 5, 6, 7, 8});
  const Tensor deep = test::run_op(SpaceToDepth{.block_size = 2}, {x});
  EXPECT_EQ(deep.type.shape, (Shape{1, 1, 2, 4}));
  EXPECT_THAT(test::values(deep), ElementsAre(1, 2, 5, 6, 3, 4, 7, 8));
  EXPECT_EQ(floats(DepthToSpace{.block_size = 2}, {deep}), test::values(x));
  EXPECT_THROW(infer(SpaceToDepth{.block_size = 3}, {x}), Error);
  EXPECT_THROW(infer(DepthToSpace{.block_size = 0}, {x}), Error);
  test::expect_gradients(SpaceToDepth{.block_size = 2}, {random_tensor({1, 2, 4, 3}, 1)});
}

TEST(PadV2, pads_with_its_own_value) {
  EXPECT_THAT(floats(PadV2{}, {tensor({2}, {1, 2}), indices({1, 2}, {1, 2}), tensor({1}, {-5})}),
              ElementsAre(-5, 1, 2, -5, -5));
}

TEST(MirrorPad, mirrors_at_the_border_or_behind_it) {
  const std::vector<Tensor> x{tensor({3}, {1, 2, 3}), indices({1, 2}, {2, 2})};
  EXPECT_THAT(floats(MirrorPad{}, x), ElementsAre(3, 2, 1, 2, 3, 2, 1));
  EXPECT_THAT(floats(MirrorPad{.mode = MirrorPadMode::symmetric}, x), ElementsAre(2, 1, 1, 2, 3, 3, 2));
  EXPECT_THROW(infer(MirrorPad{}, {x[0], indices({1, 2}, {3, 0})}), Error);
}

}  // namespace
}  // namespace mirim
