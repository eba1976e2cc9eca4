#include "mirim/compile/instructions.hpp"

#include <gtest/gtest.h>

#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

double estimate(const std::string& text, const char* target) {
  return estimate_instructions(test::parse(text), find_target(target));
}

// 16 pixels of 8 inputs and 16 outputs: 2048 products, 128 gathered inputs, 256 sums.
TEST(Instructions, are_of_products_gathered_inputs_and_sums) {
  const std::string conv = R"(graph "" (%x: float32[1x4x4x8]) -> (%y) {
    %w: float32[16x1x1x8] = random(1)
    %y: float32[1x4x4x16] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
  })";
  EXPECT_NEAR(estimate(conv, "cortex-m4"), 0.95 * 2048 + 9 * 128 + 34 * 256, 0.1);
  EXPECT_NEAR(estimate(conv, "cortex-m0"), 7 * 2048 + 16 * 128 + 145 * 256, 0.1);
}

// What QEMU counted for layers of MLPerf Tiny's int8 models.
TEST(Instructions, are_within_a_quarter_of_those_counted) {
  const std::string resnet = R"(graph "" (%x: float32[1x8x8x64]) -> (%y) {
    %w: float32[64x3x3x64] = random(1)
    %y: float32[1x8x8x64] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
  })";
  const std::string pointwise = R"(graph "" (%x: float32[1x6x6x128]) -> (%y) {
    %w: float32[128x1x1x128] = random(1)
    %y: float32[1x6x6x128] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
  })";
  const std::string depthwise = R"(graph "" (%x: float32[1x6x6x128]) -> (%y) {
    %w: float32[1x3x3x128] = random(1)
    %y: float32[1x6x6x128] = DEPTHWISE_CONV_2D(%x, %w) {stride_w=1, stride_h=1, depth_multiplier=1}
  })";
  const auto expect_near = [](double found, double counted) { EXPECT_NEAR(found, counted, counted / 4); };
  expect_near(estimate(resnet, "cortex-m4"), 2'688'515);
  expect_near(estimate(pointwise, "cortex-m4"), 781'415);
  expect_near(estimate(depthwise, "cortex-m4"), 265'557);
  expect_near(estimate(resnet, "cortex-m0plus"), 16'560'776);
  expect_near(estimate(pointwise, "cortex-m0plus"), 5'376'310);
  expect_near(estimate(depthwise, "cortex-m0plus"), 1'113'720);
}

}  // namespace
}  // namespace mirim
