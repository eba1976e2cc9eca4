#include "mirim/ops/fake_quant.hpp"

#include <gmock/gmock.h>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;

std::vector<float> forward(const FakeQuant& op, const std::vector<float>& values) {
  const Tensor x({static_cast<std::int64_t>(values.size())}, values);
  Tensor y(x.type);
  const std::vector<ConstTensorView> in{x.view()};
  const std::vector<TensorView> out{y.view()};
  op.forward(Inputs(in), Outputs(out));
  return {y.as<float>().begin(), y.as<float>().end()};
}

// 2 bits over [-1, 2]: scale (2 + 1) / 3 = 1, so the numbers are -1, 0, 1, 2.
TEST(FakeQuant, rounds_to_the_numbers_of_its_range) {
  EXPECT_THAT(forward({.min = -1, .max = 2, .num_bits = 2}, {-3, -0.6F, -0.4F, 0.2F, 0.7F, 1.6F, 9}),
              ElementsAre(-1, -1, 0, 0, 1, 2, 2));
}

// 2 bits over [-0.4, 2.6]: scale 1, zero point round(0.4) = 0, so the range moves to [0, 3] to hold 0 exactly.
TEST(FakeQuant, nudges_the_range_so_that_zero_is_exact) {
  EXPECT_THAT(forward({.min = -0.4F, .max = 2.6F, .num_bits = 2}, {-1, 0, 0.6F, 2.9F}), ElementsAre(0, 0, 1, 3));
}

// 2 bits, narrow: the integers 1 to 3, so over [-1, 1] the numbers are -1, 0, 1.
TEST(FakeQuant, narrow_range_leaves_out_the_lowest_integer) {
  EXPECT_THAT(forward({.min = -1, .max = 1, .num_bits = 2, .narrow_range = true}, {-5, -0.4F, 0.6F}),
              ElementsAre(-1, 0, 1));
}

TEST(FakeQuant, the_gradient_passes_inside_the_range_only) {
  const Tensor x({3}, std::vector<float>{-1.5F, 0.3F, 2.5F}), dy({3}, std::vector<float>{7, 8, 9});
  Tensor dx(x.type);
  const std::vector<ConstTensorView> in{x.view()}, above{dy.view()};
  const std::vector<TensorView> below{dx.view()};
  FakeQuant{.min = -1, .max = 2, .num_bits = 2}.backward(Inputs(in), Inputs(in), Inputs(above), Outputs(below), {});
  EXPECT_THAT(dx.as<float>(), ElementsAre(0, 8, 0));
}

TEST(FakeQuant, refuses_a_range_without_zero) {
  const Tensor x({1}, std::vector<float>{0});
  const std::vector<Operand> in{x.operand()};
  EXPECT_THROW((FakeQuant{.min = 1, .max = 2}).infer(Types(in)), Error);
  EXPECT_THROW((FakeQuant{.num_bits = 1}).infer(Types(in)), Error);
}

}  // namespace
}  // namespace mirim
