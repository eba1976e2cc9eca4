#include "mirim/ops/quantize.hpp"

#include <algorithm>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/ops/cast.hpp"
#include "mirim/ops/dequantize.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::run_op, test::tensor, test::values;
using testing::ElementsAre;

// Scale 0.5, zero point 10: 0 -> 10, 1 -> 12; 0.25 and -0.25 are halves of a step, away from zero: 11 and 9.
TEST(Quantize, halves_are_rounded_away_from_zero) {
  const Quantization q{{0.5F}, {10}};
  EXPECT_THAT(values<std::int8_t>(run_op(Quantize{}, {tensor({4}, {0, 1, 0.25F, -0.25F})}, q)),
              ElementsAre(10, 12, 11, 9));
}

TEST(Quantize, what_lies_outside_is_clamped) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Tensor x = tensor({4}, {1e30F, -1e30F, kInfinity, -kInfinity});
  EXPECT_THAT(values<std::int8_t>(run_op(Quantize{}, {x}, {{0.5F}, {0}})), ElementsAre(127, -128, 127, -128));
  EXPECT_THAT(values<std::uint8_t>(run_op(Quantize{.to = DType::uint8}, {x}, {{0.5F}, {0}})),
              ElementsAre(255, 0, 255, 0));
}

TEST(Quantize, the_output_has_the_type_asked_for) {
  EXPECT_EQ(test::infer(Quantize{.to = DType::int16}, {tensor({1}, {0})}).dtype, DType::int16);
  EXPECT_EQ(test::version(Quantize{.to = DType::int16}, {tensor({1}, {0})}), 2);
  EXPECT_EQ(test::version(Quantize{}, {tensor({1}, {0})}), 1);
  EXPECT_THROW(test::infer(Quantize{.to = DType::float32}, {tensor({1}, {0})}), Error);
}

TEST(Dequantize, is_scale_times_the_distance_from_the_zero_point) {
  const Tensor x({3}, std::vector<std::int8_t>{-128, 10, 127}, {{0.5F}, {10}});
  EXPECT_THAT(values(run_op(Dequantize{}, {x})), ElementsAre(-69, 0, 58.5F));
  EXPECT_EQ(test::version(Dequantize{}, {x}), 2);
}

// Axis 1 of [2, 2, 2]: elements 0, 1, 4, 5 have scale 1, the others 10.
TEST(Dequantize, each_index_of_the_quantized_dimension_has_its_scale) {
  const Tensor x({2, 2, 2}, std::vector<std::int8_t>{1, 2, 3, 4, 5, 6, 7, 8}, {{1, 10}, {0, 0}, 1});
  EXPECT_THAT(values(run_op(Dequantize{}, {x})), ElementsAre(1, 2, 30, 40, 5, 6, 70, 80));
  EXPECT_EQ(test::version(Dequantize{}, {x}), 5);
}

TEST(Dequantize, halves_are_widened) {
  Tensor x(TensorType{DType::float16, {6}});
  // 1, -2, the smallest number, the largest one below 2^-14, infinity, minus zero.
  const std::vector<std::uint16_t> bits{0x3c00, 0xc000, 0x0001, 0x03ff, 0x7c00, 0x8000};
  std::ranges::copy(bytes_of(bits), x.bytes.begin());
  EXPECT_THAT(values(run_op(Dequantize{}, {x})),
              ElementsAre(1, -2, 0x1p-24F, 0x3ffp-24F, std::numeric_limits<float>::infinity(), 0));
}

TEST(Cast, floats_are_cut_towards_zero_and_held_in_range) {
  const Tensor x = tensor({5}, {1.9F, -1.9F, 300, -1e20F, 0});
  EXPECT_THAT(values<std::int32_t>(run_op(Cast{.to = DType::int32}, {x})), ElementsAre(1, -1, 300, INT32_MIN, 0));
  EXPECT_THAT(values<std::int8_t>(run_op(Cast{.to = DType::int8}, {x})), ElementsAre(1, -1, 127, -128, 0));
  EXPECT_THAT(values<bool>(run_op(Cast{.to = DType::boolean}, {x})), ElementsAre(true, true, true, true, false));
}

TEST(Cast, a_bool_becomes_zero_or_one) {
  Tensor x({DType::boolean, {2}});
  x.as<bool>()[1] = true;
  EXPECT_THAT(values(run_op(Cast{}, {x})), ElementsAre(0, 1));
}

}  // namespace
}  // namespace mirim
