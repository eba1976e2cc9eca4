// Compiled float networks against the interpreter, which runs float layers with other code.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

// A layer of each kind, one behind the other or side by side.
constexpr const char* kEverything = R"(
graph "floats" (%x: float32[1x6x6x4], %z: float32[1x6x6x4]) -> (%classes, %functions) {
  %w: float32[7x3x3x4] = random(1)
  %bias: float32[7] = random(2)
  %conv: float32[1x6x6x7] = CONV_2D(%x, %w, %bias) {stride_w=1, stride_h=1, fused_activation_function=RELU6}
  %wg: float32[10x3x3x2] = random(3)
  %grouped: float32[1x2x2x10] = CONV_2D(%x, %wg, _) {padding=VALID, stride_w=2, stride_h=2}
  %wd: float32[1x3x3x14] = random(4)
  %deep: float32[1x3x3x14] = DEPTHWISE_CONV_2D(%conv, %wd, _) {stride_w=2, stride_h=2, depth_multiplier=2}
  %most: float32[1x2x2x14] = MAX_POOL_2D(%deep) {padding=VALID, stride_w=1, stride_h=1, filter_width=2, filter_height=2}
  %mean: float32[1x3x3x14] = AVERAGE_POOL_2D(%deep) {stride_w=1, stride_h=1, filter_width=3, filter_height=2}
  %pads: int32[4x2] = [0, 0, 0, 1, 0, 1, 0, 0]
  %padded: float32[1x3x3x14] = PAD(%most, %pads)
  %joined: float32[1x3x3x28] = CONCATENATION(%padded, %mean) {axis=3}
  %shape: int32[2] = [1, 252]
  %flat: float32[1x252] = RESHAPE(%joined, %shape)
  %wf: float32[11x252] = random(5)
  %bf: float32[11] = random(6)
  %dense: float32[1x11] = FULLY_CONNECTED(%flat, %wf, %bf)
  %classes: float32[1x11] = SOFTMAX(%dense) {beta=1}
  %added: float32[1x6x6x4] = ADD(%x, %z) {fused_activation_function=RELU}
  %by: float32[4] = [0.5, -0.25, 2, 1]
  %scaled: float32[1x6x6x4] = MUL(%added, %by)
  %slopes: float32[1x1x4] = [0.5, 0.25, 0.125, 2]
  %prelu: float32[1x6x6x4] = PRELU(%z, %slopes)
  %elu: float32[1x6x6x4] = ELU(%prelu)
  %exp: float32[1x6x6x4] = EXP(%z)
  %log: float32[1x6x6x4] = LOG(%exp)
  %wt: float32[4x3x2x4] = random(7)
  %bt: float32[4] = random(8)
  %size: int32[4] = [1, 6, 6, 4]
  %half: float32[1x3x3x4] = MAX_POOL_2D(%x) {stride_w=2, stride_h=2, filter_width=2, filter_height=2}
  %spread: float32[1x6x6x4] = TRANSPOSE_CONV(%size, %wt, %half, %bt) {stride_w=2, stride_h=2, fused_activation_function=RELU6}
  %logistic: float32[1x6x6x4] = LOGISTIC(%x)
  %tanh: float32[1x6x6x4] = TANH(%x)
  %hard: float32[1x6x6x4] = HARD_SWISH(%x)
  %neg: float32[1x6x6x4] = NEG(%hard)
  %gelu: float32[1x6x6x4] = GELU(%z)
  %near: float32[1x6x6x4] = GELU(%z) {approximate=true}
  %leaky: float32[1x6x6x4] = LEAKY_RELU(%z) {alpha=0.1}
  %relu: float32[1x6x6x4] = RELU(%x)
  %relu6: float32[1x6x6x4] = RELU6(%x)
  %unit: float32[1x6x6x4] = RELU_N1_TO_1(%x)
  %all: float32[1x6x6x52] = CONCATENATION(%scaled, %elu, %log, %logistic, %tanh, %neg, %gelu, %near, %leaky, %relu, %relu6, %unit, %spread) {axis=3}
  %axes: int32[2] = [1, 2]
  %means: float32[1x1x1x52] = MEAN(%all, %axes) {keep_dims=true}
  %functions: float32[1x6x6x52] = SUB(%all, %means)
})";

// Floats uniform in [-4, 4), as bytes.
Bytes random_floats(const Graph& graph, int count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> values;
  for (std::int64_t i = test::random_samples(graph, count, 1).size() / sizeof(float); i > 0; --i) {
    values.push_back(static_cast<float>(random.below(1 << 20)) / (1 << 17) - 4);
  }
  const BytesView bytes = bytes_of(values);
  return {bytes.begin(), bytes.end()};
}

// Each answer within 1e-5 of the largest.
void expect_close(const Bytes& actual, const Bytes& expected) {
  ASSERT_EQ(actual.size(), expected.size());
  std::vector<float> a(actual.size() / sizeof(float)), b(a.size());
  std::memcpy(a.data(), actual.data(), actual.size());
  std::memcpy(b.data(), expected.data(), expected.size());
  float largest = 0, worst = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::fabs(b[i]));
    worst = std::max(worst, std::isfinite(a[i]) ? std::fabs(a[i] - b[i]) : 1e30F);
  }
  EXPECT_GT(largest, 0.5F);
  EXPECT_LE(worst, 1e-5F * largest);
}

void expect_the_interpreters_answers(const std::string& target) {
  const Graph graph = test::parse(kEverything);
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, {.target = target}));
  const Bytes samples = random_floats(graph, 3, 7);
  expect_close(run_firmware(folder.path(), samples).answers, test::interpret(graph, samples));
}

TEST(CompiledFloatsSlow, on_the_host_give_the_interpreters_answers) { expect_the_interpreters_answers("host"); }

TEST(CompiledFloatsSlow, on_the_emulated_board_give_the_interpreters_answers) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  expect_the_interpreters_answers("cortex-m4");
}

TEST(CompiledFloats, in_a_shared_arena_give_the_interpreters_answers) {
  const Graph graph = test::parse(kEverything);
  const Bytes samples = random_floats(graph, 2, 11);
  expect_close(test::run_plan(make_plan(graph), samples), test::interpret(graph, samples));
}

TEST(CompiledFloats, have_no_scale_in_the_header) {
  const Artifact artifact = compile(test::parse(kEverything));
  for (const auto& file : artifact.files) {
    if (file.path != "model.h") continue;
    EXPECT_NE(file.text.find("/* Input 0: x, float32 1x6x6x4. */"), std::string::npos);
    EXPECT_EQ(file.text.find("_SCALE"), std::string::npos);
  }
}

}  // namespace
}  // namespace mirim
