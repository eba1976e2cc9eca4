#include "mirim/ops/fully_connected.hpp"

#include <algorithm>
#include <span>

#include "mirim/base/error.hpp"
#include "mirim/graph/blocks.hpp"
#include "tests/ops/run_op.hpp"

namespace mirim {
namespace {

using test::floats, test::infer, test::random_tensor, test::tensor;
using testing::ElementsAre;

// Rows (1, 2) and (3, 4) of x; weights (1, 10), (100, 1000): 21+1, 2100+2; 43+1, 4300+2.
TEST(FullyConnected, weights_are_outputs_by_inputs) {
  EXPECT_THAT(
      floats(FullyConnected{}, {tensor({2, 2}, {1, 2, 3, 4}), tensor({2, 2}, {1, 10, 100, 1000}), tensor({2}, {1, 2})}),
      ElementsAre(22, 2102, 44, 4302));
}

TEST(FullyConnected, the_input_is_flattened_to_the_weights) {
  const Tensor x = random_tensor({2, 3, 4}, 1);
  EXPECT_EQ(infer(FullyConnected{}, {x, random_tensor({5, 12}, 2)}).shape, (Shape{2, 5}));
  EXPECT_EQ(infer(FullyConnected{}, {x, random_tensor({5, 4}, 2)}).shape, (Shape{6, 5}));
  EXPECT_EQ(infer(FullyConnected{.keep_num_dims = true}, {x, random_tensor({5, 4}, 2)}).shape, (Shape{2, 3, 5}));
  EXPECT_THROW(infer(FullyConnected{}, {x, random_tensor({5, 7}, 2)}), Error);
  EXPECT_THROW(infer(FullyConnected{.keep_num_dims = true}, {x, random_tensor({5, 12}, 2)}), Error);
}

TEST(FullyConnected, gradients_are_right) {
  const Tensor x = random_tensor({3, 4}, 1), w = random_tensor({2, 4}, 2), b = random_tensor({2}, 3);
  test::expect_gradients(FullyConnected{}, {x, w, b});
  test::expect_gradients(FullyConnected{}, {x, w});
  test::expect_gradients(FullyConnected{.activation = Activation::relu}, {x, w, b});
}

TEST(FullyConnected, macs_are_outputs_times_inputs) {
  EXPECT_EQ(test::cost(FullyConnected{}, {random_tensor({1, 640}, 1), random_tensor({128, 640}, 2)}).macs, 81'920);
}

TEST(FullyConnected, versions_are_those_of_tflite) {
  const Tensor x = random_tensor({1, 4}, 1), w = random_tensor({2, 4}, 2), b = random_tensor({2}, 3);
  EXPECT_EQ(test::version(FullyConnected{}, {x, w, b}), 1);
  EXPECT_EQ(test::version(FullyConnected{}, {x, w}), 6);
  EXPECT_EQ(test::version(FullyConnected{.keep_num_dims = true}, {x, w, b}), 5);
  const Tensor xi({DType::int8, {1, 4}}), wi({DType::int8, {2, 4}}), bi({DType::int32, {2}});
  EXPECT_EQ(test::version(FullyConnected{}, {xi, wi, bi}), 4);
}

Tensor narrow(DType dtype, const Shape& shape, const std::vector<std::int8_t>& values, Quantization q) {
  Tensor tensor({dtype, shape}, std::move(q));
  std::ranges::copy(std::as_bytes(std::span(values)), tensor.bytes.begin());
  return tensor;
}

// 127 is the largest magnitude, so the steps are the numbers: (127 + 8 * 127 + 2 * 64) / 2, and -127 * 2.
TEST(FullyConnected, weights_of_4_and_2_bits_meet_floats_in_steps) {
  const Tensor x = tensor({1, 4}, {127, -127, 0, 64});
  const Quantization scales{.scale = {0.5F, 2}, .zero_point = {0, 0}};
  EXPECT_THAT(floats(FullyConnected{}, {x, narrow(DType::int4, {2, 4}, {1, -8, 7, 2, 0, 1, 0, 0}, scales)}),
              ElementsAre(635.5F, -254));
  EXPECT_THAT(floats(FullyConnected{}, {x, narrow(DType::int2, {2, 4}, {1, -2, 1, 1, 0, 1, 0, -1}, scales)}),
              ElementsAre(222.5F, -382));
}

// -128 ... 127 are their own steps. Blocks of two: (-128 + 127) * 1 + (2 * 10 + 5) * 0.5.
TEST(FullyConnected, blocks_of_a_row_have_scales) {
  const Tensor x = tensor({1, 4}, {-128, 127, 10, -5});
  const Quantization blocks{.scale = {1, 0.5F}, .zero_point = {0, 0}, .dimension = kInBlocks};
  EXPECT_THAT(floats(FullyConnected{}, {x, narrow(DType::int4, {1, 4}, {1, 1, 2, -1}, blocks)}), ElementsAre(11.5F));
}

// 1 + 2^-9 has more bits than a bfloat16.
TEST(FullyConnected, scales_of_blocks_of_32_are_those_that_litert_keeps) {
  std::vector<float> values(32, 0);
  std::vector<std::int8_t> ones(32, 1);
  values[0] = -128, values[1] = 127;
  const Quantization block{.scale = {1 + 0x1p-9F}, .zero_point = {0}, .dimension = kInBlocks};
  EXPECT_THAT(floats(FullyConnected{}, {tensor({1, 32}, values), narrow(DType::int4, {1, 32}, ones, block)}),
              ElementsAre(-1));
}

TEST(FullyConnected, packed_weights_must_be_known) {
  const Tensor x = tensor({1, 4}, {1, 2, 3, 4}), y = tensor({1, 1}, {0});
  const Tensor w = narrow(DType::int4, {1, 4}, {1, 1, 1, 1}, {.scale = {1}, .zero_point = {0}});
  std::vector<Operand> in{x.operand(), w.operand()};
  in[1].constant = {};
  const std::vector<Operand> out{y.operand()};
  EXPECT_THROW(FullyConnected{}.lower(Types(in), Types(out)), Unsupported);
}

}  // namespace
}  // namespace mirim
