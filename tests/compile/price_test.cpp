#include "mirim/compile/price.hpp"

#include <gtest/gtest.h>

#include "mirim/compile/compile.hpp"
#include "mirim/offers/plain_price.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

double estimate(const std::string& text, const char* target) {
  return static_cast<double>(estimate_cycles(test::parse(text), find_target(target)));
}

const char* const kPointwise = R"(graph "" (%x: float32[1x6x6x128]) -> (%y) {
  %w: float32[128x1x1x128] = random(1)
  %y: float32[1x6x6x128] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
})";
const char* const kDepthwise = R"(graph "" (%x: float32[1x6x6x128]) -> (%y) {
  %w: float32[1x3x3x128] = random(1)
  %y: float32[1x6x6x128] = DEPTHWISE_CONV_2D(%x, %w) {stride_w=1, stride_h=1, depth_multiplier=1}
})";
const char* const kConvolution = R"(graph "" (%x: float32[1x8x8x64]) -> (%y) {
  %w: float32[64x3x3x64] = random(1)
  %y: float32[1x8x8x64] = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
})";

// Cycles are those of traces of MLPerf Tiny's int8 models on the emulated Cortex-M4 (`mirim run --profile`).
TEST(Price, of_a_float_layer_is_that_of_its_int8_kernel_within_a_tenth_of_the_trace) {
  const auto expect_near = [](double found, double traced) { EXPECT_NEAR(found, traced, traced / 10); };
  expect_near(estimate(kPointwise, "cortex-m4"), 661'003);
  expect_near(estimate(kDepthwise, "cortex-m4"), 202'065);
}

// 3 taps on 6 places with padding: 2 + 3 + 3 + 3 + 3 + 2 = 16 on an axis, so 256 products a channel, at 16 cycles; 36
// pixels at 300, and 128 outputs each at 210.
TEST(Price, of_a_core_without_its_own_kernels_is_the_plain_ones) {
  EXPECT_NEAR(estimate(kDepthwise, "cortex-m0"), 128 * 256 * 16 + 36 * (300 + 128 * 210), 100);
  EXPECT_GT(estimate(kDepthwise, "cortex-m3"), estimate(kDepthwise, "cortex-m4"));
  EXPECT_GT(estimate(kDepthwise, "cortex-m0"), estimate(kDepthwise, "cortex-m3"));
}

TEST(Price, of_more_channels_is_more) {
  std::string half = kConvolution;
  for (std::size_t at = 0; (at = half.find("64x3x3x64", at)) != std::string::npos; ++at)
    half.replace(at, 9, "32x3x3x64");
  for (std::size_t at = 0; (at = half.find("%y: float32[1x8x8x64]", at)) != std::string::npos; ++at)
    half.replace(at, 21, "%y: float32[1x8x8x32]");
  EXPECT_NEAR(estimate(half, "cortex-m4"), estimate(kConvolution, "cortex-m4") / 2, 100'000);
}

TEST(Price, of_steps_counts_every_call_of_a_chain_and_none_of_what_is_skipped) {
  const Graph graph = test::parse(R"(
graph "" (%x: int8[1x32x32x8]{scale=0.5, zero_point=0}) -> (%z) {
  %w: int8[8x3x3x8]{scale=0.01, zero_point=0} = random(1)
  %v: int8[8x3x3x8]{scale=0.01, zero_point=0} = random(2)
  %a: int8[1x32x32x8]{scale=0.5, zero_point=0} = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
  %b: int8[1x32x32x8]{scale=0.5, zero_point=0} = CONV_2D(%a, %v) {stride_w=1, stride_h=1}
  %shape: int32[2] = [1, 8192]
  %z: int8[1x8192]{scale=0.5, zero_point=0} = RESHAPE(%b, %shape)
})");
  const auto cycles = [&](Optimize optimize) {
    return cycles_of_steps(make_plan(graph, {.target = "cortex-m4", .optimize = optimize}));
  };
  const std::vector<CycleCount> whole = cycles(Optimize::speed), rows = cycles(Optimize::ram);
  ASSERT_EQ(whole.size(), 3U);
  ASSERT_EQ(rows.size(), 3U);
  for (std::size_t s = 0; s < 2; ++s) {
    EXPECT_GT(rows[s].core, whole[s].core * 9 / 10) << "its rows are called one by one";
    EXPECT_LT(rows[s].core, whole[s].core * 2);
  }
  EXPECT_EQ(whole[2], CycleCount{});
}

// 36 pixels in columns of two read 128 filters of 128 weights and 9 bytes each, and 1,280 bytes of code, 18 times.
TEST(Price, of_flash_is_what_the_caches_lack) {
  const Plan plan = make_plan(test::parse(R"(
graph "" (%x: int8[1x6x6x128]{scale=0.5, zero_point=0}) -> (%y) {
  %w: int8[128x1x1x128]{scale=0.01, zero_point=0} = random(1)
  %y: int8[1x6x6x128]{scale=0.5, zero_point=0} = CONV_2D(%x, %w) {stride_w=1, stride_h=1}
})"),
                              {.target = "cortex-m4", .optimize = Optimize::speed});
  ASSERT_EQ(plan.steps[0].kernel, "two filters in a lane, tiles of 4 x 2");
  const CycleCount count = cycles_of_steps(plan)[0];
  EXPECT_NEAR(static_cast<double>(count.flash_reads[kFlashOfStm32L4]), 18 * (128 * (128 + 9) + 1280) / 8, 100);
  EXPECT_NEAR(static_cast<double>(count.flash_reads[kFlashOfStm32F4]), 18 * (128 * (128 + 9) + 1280) / 16, 50);
}

// The plain kernel is among what is considered, with its price.
TEST(Price, of_the_plain_kernel_stands_last) {
  const Plan plan = make_plan(test::parse(R"(
graph "" (%x: int8[1x8]{scale=0.5, zero_point=0}) -> (%y) {
  %y: int8[1x8]{scale=0.00390625, zero_point=-128} = SOFTMAX(%x) {beta=1.0}
})"),
                              {.target = "cortex-m4"});
  ASSERT_EQ(plan.steps.size(), 1U);
  ASSERT_FALSE(plan.steps[0].considered.empty());
  EXPECT_EQ(plan.steps[0].considered.back().kernel, "plain");
  EXPECT_GT(plan.steps[0].considered.back().cycles, 100);
}

}  // namespace
}  // namespace mirim
