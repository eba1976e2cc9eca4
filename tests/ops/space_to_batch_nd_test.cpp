#include "mirim/ops/space_to_batch_nd.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::tensor;
using testing::ElementsAre;

// 1 2 / 3 4 in blocks of 2 x 2: each pixel is a batch of its own.
TEST(SpaceToBatchNd, pixels_at_one_place_of_their_blocks_make_a_batch) {
  const Tensor block = indices({2}, {2, 2}), none = indices({2, 2}, {0, 0, 0, 0});
  const Tensor image = tensor({1, 2, 2, 1}, {1, 2, 3, 4});
  EXPECT_EQ(infer(SpaceToBatchNd{}, {image, block, none}).shape, (Shape{4, 1, 1, 1}));
  EXPECT_THAT(floats(SpaceToBatchNd{}, {image, block, none}), ElementsAre(1, 2, 3, 4));
  // Rows of 4: the even columns, then the odd ones.
  const Tensor row = tensor({1, 4, 1}, {1, 2, 3, 4});
  EXPECT_THAT(floats(SpaceToBatchNd{}, {row, indices({1}, {2}), indices({1, 2}, {0, 0})}), ElementsAre(1, 3, 2, 4));
}

TEST(SpaceToBatchNd, pads_with_the_zero_of_the_type) {
  const Tensor block = indices({1}, {2}), padding = indices({1, 2}, {1, 0});
  EXPECT_THAT(floats(SpaceToBatchNd{}, {tensor({1, 3, 1}, {1, 2, 3}), block, padding}), ElementsAre(0, 2, 1, 3));
  const Quantization q{{0.5F}, {-7}};
  Tensor x({DType::int8, {1, 3, 1}}, q);
  x.bytes = {std::byte{1}, std::byte{2}, std::byte{3}};
  EXPECT_THAT(test::values<std::int8_t>(test::run_op(SpaceToBatchNd{}, {x, block, padding}, q)),
              ElementsAre(-7, 2, 1, 3));
}

TEST(BatchToSpaceNd, undoes_it_and_crops) {
  const Tensor batches = tensor({2, 2, 1}, {0, 2, 1, 3}), block = indices({1}, {2});
  EXPECT_THAT(floats(BatchToSpaceNd{}, {batches, block, indices({1, 2}, {1, 0})}), ElementsAre(1, 2, 3));
  EXPECT_THAT(floats(BatchToSpaceNd{}, {batches, block, indices({1, 2}, {0, 2})}), ElementsAre(0, 1));
}

TEST(SpaceToBatchNd, refuses_what_does_not_divide) {
  const Tensor x = tensor({1, 3, 1}, {1, 2, 3}), none = indices({1, 2}, {0, 0});
  EXPECT_THROW(infer(SpaceToBatchNd{}, {x, indices({1}, {2}), none}), Error);
  EXPECT_THROW(infer(SpaceToBatchNd{}, {x, indices({1}, {0}), none}), Error);
  EXPECT_THROW(infer(BatchToSpaceNd{}, {x, indices({1}, {2}), none}), Error);
  EXPECT_THROW(infer(BatchToSpaceNd{}, {x, indices({1}, {1}), indices({1, 2}, {2, 2})}), Error);
}

}  // namespace
}  // namespace mirim
