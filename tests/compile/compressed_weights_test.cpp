// Models whose weights are small in one of the ways that mirim/offers has kernels for: what the firmware holds, and its
// bits on the emulated board.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

struct Form {
  const char* name;
  double bytes;                                 ///< of a weight at most; biases and scales included
  std::function<int(std::size_t, int)> weight;  ///< of its place, and a random one
};

// 80 filters with 9 bytes each are 0.07 bytes a weight.
const Form kForms[] = {{"multiples_of_16", 0.58, [](std::size_t, int w) { return w / 16 * 16; }},
                       {"sixteen_values", 0.58, [](std::size_t, int w) { return (w & 15) * (w & 15) / 2 - 56; }},
                       {"two_values", 0.21, [](std::size_t, int w) { return w < 0 ? -31 : 57; }},
                       // Of three fours two, so that no channel is unread.
                       {"zeros_in_fours", 0.46, [](std::size_t at, int w) { return at / 4 % 3 == 0 ? w : 0; }}};

Graph model_of(const Form& form) {
  Graph graph = test::parse(R"(
graph "small" (%x: int8[1x8x8x16]{scale=0.02, zero_point=-3}) -> (%y) {
  %w1: int8[32x3x3x16]{scale=0.01, zero_point=0} = random(1)
  %w2: int8[16x1x1x32]{scale=0.01, zero_point=0} = random(2)
  %w3: int8[32x3x3x16]{scale=0.01, zero_point=0} = random(3)
  %a: int8[1x8x8x32]{scale=0.2, zero_point=5} = CONV_2D(%x, %w1, _) {stride_w=1, stride_h=1}
  %b: int8[1x8x8x16]{scale=0.5, zero_point=0} = CONV_2D(%a, %w2, _) {stride_w=1, stride_h=1}
  %y: int8[1x4x4x32]{scale=2.0, zero_point=0} = CONV_2D(%b, %w3, _) {stride_w=2, stride_h=2}
}
)");
  for (Value& value : graph.values) {
    if (!value.is_constant()) continue;
    auto weights = std::make_shared<Bytes>(*value.constant);
    for (std::size_t i = 0; i < weights->size(); ++i) {
      const int random = static_cast<std::int8_t>((*weights)[i]);
      (*weights)[i] = static_cast<std::byte>(form.weight(i, std::max(random, -127)));
    }
    value.constant = weights;
  }
  return graph;
}

class CompressedWeights : public testing::TestWithParam<Form> {};

TEST_P(CompressedWeights, stay_so_in_the_firmware_and_give_the_interpreters_bits) {
  const Graph graph = model_of(GetParam());
  const Artifact small = compile(graph, {.optimize = Optimize::size});
  for (const Step& step : small.plan.steps) EXPECT_NE(step.call.header, "mirim/micro/conv2d.hpp") << step.kernel;
  EXPECT_LT(static_cast<double>(small.firmware.constant_bytes), GetParam().bytes * (2 * 4608 + 512));
  const Bytes samples = test::random_samples(graph, 3, 1), expected = test::interpret(graph, samples);
  EXPECT_EQ(test::run_plan(small.plan, samples), expected);
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  for (const Optimize optimize : {Optimize::size, Optimize::balanced, Optimize::ram}) {
    const TemporaryFolder folder;
    write_temporary_artifact(folder.path(), compile(graph, {.optimize = optimize}));
    EXPECT_EQ(run_firmware(folder.path(), samples).answers, expected);
  }
}

INSTANTIATE_TEST_SUITE_P(Of, CompressedWeights, testing::ValuesIn(kForms),
                         [](const auto& form) { return std::string(form.param.name); });

}  // namespace
}  // namespace mirim
