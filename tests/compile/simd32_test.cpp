// Random int8 and dynamic-range layers on the emulated board against the interpreter: what the kernels' assembly does,
// which nothing but an Arm core runs.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/process.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

std::int64_t between(Random& random, std::int64_t low, std::int64_t high) { return low + random.below(high - low + 1); }

// `layers` layers of one kind, each with an input of its own, so that one firmware has them all.
std::string random_layers(const std::string& op, int layers, std::uint64_t seed) {
  Random random(seed);
  std::string inputs, outputs, body;
  for (int i = 0; i < layers; ++i) {
    const std::int64_t height = between(random, 1, 6), width = between(random, 1, 6);
    const std::int64_t rows = between(random, 1, height), columns = between(random, 1, width);
    const std::int64_t channels = random.below(6) == 0 ? between(random, 70, 130) : between(random, 1, 20);
    const std::int64_t stride = between(random, 1, 2);
    const std::int64_t out_height = (height + stride - 1) / stride, out_width = (width + stride - 1) / stride;
    std::int64_t results = between(random, 1, 9);
    const auto quantized = [&](std::string_view shape) {
      return fmt::format("int8[{}]{{scale={}, zero_point={}}}", shape,
                         0.01 * static_cast<double>(between(random, 1, 9)), between(random, -128, 127));
    };
    std::string x_shape = fmt::format("1x{}x{}x{}", height, width, channels), w_shape, y_shape, options;
    if (op == "CONV_2D") {
      w_shape = fmt::format("{}x{}x{}x{}", results, rows, columns, channels);
      options = fmt::format("stride_w={0}, stride_h={0}", stride);
    } else if (op == "DEPTHWISE_CONV_2D") {
      const std::int64_t multiplier = random.below(2) == 0 ? 1 : between(random, 1, 8);
      results = channels * multiplier;
      w_shape = fmt::format("1x{}x{}x{}", rows, columns, results);
      options = fmt::format("stride_w={0}, stride_h={0}, depth_multiplier={1}", stride, multiplier);
    } else {
      x_shape = fmt::format("{}x{}", height, channels);
      w_shape = fmt::format("{}x{}", results, channels);
    }
    y_shape = op == "FULLY_CONNECTED" ? fmt::format("{}x{}", height, results)
                                      : fmt::format("1x{}x{}x{}", out_height, out_width, results);
    if (random.below(3) == 0) {
      options += std::string(options.empty() ? "" : ", ") + "fused_activation_function=RELU";
    }
    const char* comma = i == 0 ? "" : ", ";
    inputs += fmt::format("{}%x{}: {}", comma, i, quantized(x_shape));
    outputs += fmt::format("{}%y{}", comma, i);
    body += fmt::format("  %w{}: int8[{}]{{scale=0.02, zero_point=0}} = random({})\n", i, w_shape, seed + 7);
    if (!options.empty()) options = fmt::format(" {{{}}}", options);
    body += fmt::format("  %y{0}: {1} = {2}(%x{0}, %w{0}, _){3}\n", i, quantized(y_shape), op, options);
  }
  return fmt::format("graph \"layers\" ({}) -> ({}) {{\n{}}}\n", inputs, outputs, body);
}

class Simd32OnTheBoard : public testing::TestWithParam<const char*> {};

TEST_P(Simd32OnTheBoard, random_layers_give_the_interpreters_bits) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  const std::string text = random_layers(GetParam(), 24, 1);
  SCOPED_TRACE(text);
  const Graph graph = test::parse(text);
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, {.target = "cortex-m4"}));
  const Bytes samples = test::random_samples(graph, 3, 1);
  EXPECT_EQ(run_firmware(folder.path(), samples).answers, test::interpret(graph, samples));
}

INSTANTIATE_TEST_SUITE_P(Int8, Simd32OnTheBoard, testing::Values("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"),
                         [](const auto& test) { return std::string(test.param); });

}  // namespace
}  // namespace mirim
