#include "mirim/ops/stablehlo_pad.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats;
using test::tensor;
using testing::ElementsAre;

Tensor value(float v) { return {Shape{}, std::vector<float>{v}}; }

TEST(StablehloPad, pads_between_and_around_elements) {
  EXPECT_THAT(floats(StablehloPad{.edge_padding_low = {1}, .edge_padding_high = {2}, .interior_padding = {1}},
                     {tensor({3}, {1, 2, 3}), value(9)}),
              ElementsAre(9, 1, 9, 2, 9, 3, 9, 9));
}

TEST(StablehloPad, padding_below_zero_cuts) {
  EXPECT_THAT(floats(StablehloPad{.edge_padding_low = {0, -1}, .edge_padding_high = {1, 0}},
                     {tensor({1, 3}, {1, 2, 3}), value(-5)}),
              ElementsAre(2, 3, -5, -5));
}

TEST(StablehloPad, refuses_what_does_not_fit) {
  const Tensor x = tensor({2}, {1, 2});
  EXPECT_THROW(test::infer(StablehloPad{.edge_padding_low = {1, 1}}, {x, value(0)}), Error);
  EXPECT_THROW(test::infer(StablehloPad{.interior_padding = {-1}}, {x, value(0)}), Error);
  EXPECT_THROW(test::infer(StablehloPad{.edge_padding_low = {-3}}, {x, value(0)}), Error);
  EXPECT_THROW(test::infer(StablehloPad{}, {x, tensor({2}, {1, 2})}), Error);
}

}  // namespace
}  // namespace mirim
