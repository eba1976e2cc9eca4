#include "mirim/ops/resize.hpp"

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::indices, test::infer, test::tensor;
using testing::ElementsAre;

// One row of two pixels, 0 and 4, made four wide.
std::vector<Tensor> row() { return {tensor({1, 1, 2, 1}, {0, 4}), indices({2}, {1, 4})}; }

TEST(ResizeBilinear, weighs_the_pixels_around) {
  EXPECT_THAT(floats(ResizeBilinear{}, row()), ElementsAre(0, 2, 4, 4));                            // at 0, 0.5, 1, 1.5
  EXPECT_THAT(floats(ResizeBilinear{.half_pixel_centers = true}, row()), ElementsAre(0, 1, 3, 4));  // -0.25, 0.25, ...
  const std::vector<Tensor> three{tensor({1, 1, 2, 1}, {0, 4}), indices({2}, {1, 3})};
  EXPECT_THAT(floats(ResizeBilinear{.align_corners = true}, three), ElementsAre(0, 2, 4));  // 0, 0.5, 1
}

TEST(ResizeNearestNeighbor, takes_one_pixel) {
  EXPECT_THAT(floats(ResizeNearestNeighbor{}, row()), ElementsAre(0, 0, 4, 4));
  EXPECT_THAT(floats(ResizeNearestNeighbor{.align_corners = true}, row()), ElementsAre(0, 0, 4, 4));  // 0, 1/3, 2/3, 1
}

TEST(ResizeBilinear, refuses_what_has_no_size) {
  const Tensor x = tensor({1, 1, 2, 1}, {0, 4});
  EXPECT_THROW(infer(ResizeBilinear{}, {x, indices({2}, {0, 4})}), Error);
  EXPECT_THROW(infer(ResizeBilinear{}, {x, indices({3}, {1, 1, 1})}), Error);
  EXPECT_THROW(infer(ResizeBilinear{.align_corners = true, .half_pixel_centers = true}, row()), Error);
}

}  // namespace
}  // namespace mirim
