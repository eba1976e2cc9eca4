// The 15 public models beside the repository, compiled for each target, on 20 inputs each against the interpreter: the
// bits of integer models, 1e-5 of the largest output for float and dynamic-range ones. Where the models are not there,
// the tests skip.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/price.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/macs_of.hpp"
#include "mirim/passes/resolve_variables.hpp"
#include "tests/compile/graphs.hpp"

namespace mirim {
namespace {

constexpr int kInputs = 20;

// Random bytes, or floats in [-2, 2).
Bytes samples_of(const Graph& graph) {
  if (graph[graph.inputs[0]].type.dtype != DType::float32) return test::random_samples(graph, kInputs, 1);
  Random random(1);
  std::vector<float> values(test::random_samples(graph, kInputs, 1).size() / sizeof(float));
  for (float& value : values) value = static_cast<float>(random.below(1 << 20)) / (1 << 18) - 2;
  const BytesView bytes = bytes_of(values);
  return {bytes.begin(), bytes.end()};
}

std::vector<float> floats(const Bytes& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.data(), bytes.size());
  return values;
}

// The largest difference over the largest of `expected`; infinite where a result is no number.
double relative_error(const Bytes& actual, const Bytes& expected) {
  const std::vector<float> a = floats(actual), b = floats(expected);
  double largest = 0, worst = 0;
  for (std::size_t i = 0; i < b.size(); ++i) {
    largest = std::max(largest, static_cast<double>(std::fabs(b[i])));
    const double difference = std::fabs(static_cast<double>(a[i]) - static_cast<double>(b[i]));
    worst = std::max(worst, std::isfinite(difference) ? difference : INFINITY);
  }
  return worst / largest;
}

class AllModelsSlow : public testing::TestWithParam<const char*> {
 protected:
  void expect_the_interpreters_answers(const std::string& target) {
    const auto path = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/models" / GetParam();
    if (!std::filesystem::exists(path)) GTEST_SKIP() << "the shared models are not there";
    const Graph graph = resolve_variables(read_tflite_file(path));
    const TemporaryFolder folder;
    const Artifact artifact = compile(graph, {.target = target});
    write_temporary_artifact(folder.path(), artifact);
    const Bytes samples = samples_of(graph);
    // Of the models that are compared with others' by cycles; it takes longer.
    const bool cycles = target == "cortex-m4" && graph[graph.outputs[0]].type.dtype != DType::float32;
    const RunResult result = run_firmware(folder.path(), samples, {.cycles = cycles});
    const Bytes expected = test::interpret(graph, samples);
    ASSERT_EQ(result.answers.size(), expected.size());
    if (graph[graph.outputs[0]].type.dtype == DType::float32) {
      const double error = relative_error(result.answers, expected);
      EXPECT_LE(error, 1e-5);
      RecordProperty("error", fmt::format("{:.1e}", error));
    } else {
      EXPECT_EQ(result.answers, expected);
    }
    if (!result.board) return;
    EXPECT_EQ(result.board->sizes.constants, artifact.plan.constant_bytes);
    EXPECT_EQ(result.board->sizes.static_ram, artifact.plan.arena_bytes);
    RecordProperty("instructions", std::to_string(result.board->instructions));
    RecordProperty("flash", std::to_string(result.board->sizes.code + result.board->sizes.constants));
    RecordProperty("ram", std::to_string(result.board->sizes.static_ram));
    RecordProperty("stack", std::to_string(result.board->peak_stack));
    RecordProperty("instructions_of_first", std::to_string(result.board->instructions_of_first));
    RecordProperty("macs", std::to_string(macs_of(graph)));
    if (cycles) {
      const CycleCount& first = result.board->cycles_of_each.front();
      // What `mirim cost` names before anything runs.
      CycleCount price;
      for (const CycleCount& step : cycles_of_steps(artifact.plan)) price += step;
      EXPECT_NEAR(static_cast<double>(price.core), static_cast<double>(first.core),
                  static_cast<double>(first.core) / 10);
      RecordProperty("cycles", std::to_string(first.core));
      RecordProperty("cycles_on_l4r5", std::to_string(first.on(find_device("nucleo_l4r5zi"))));
    }
    // As Arduino builds: the source asks for -O3 by itself.
    const RunResult small = run_firmware(folder.path(), samples, {.flags = {"-Os"}});
    EXPECT_EQ(small.answers, result.answers);
    EXPECT_LE(small.board->instructions, result.board->instructions * 1.05);
    RecordProperty("instructions_at_os", std::to_string(small.board->instructions));
    if (!cycles || !find_program("clang++-16")) return;
    const RunResult by_clang = run_firmware(folder.path(), samples, {.clang = true});
    EXPECT_EQ(by_clang.answers, result.answers);
    RecordProperty("instructions_by_clang", std::to_string(by_clang.board->instructions));
  }
};

TEST_P(AllModelsSlow, on_the_host_give_the_interpreters_answers) { expect_the_interpreters_answers("host"); }

TEST_P(AllModelsSlow, on_the_emulated_board_give_the_interpreters_answers) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  expect_the_interpreters_answers("cortex-m4");
}

INSTANTIATE_TEST_SUITE_P(
    Public, AllModelsSlow,
    testing::Values("mlperf_tiny/ad_autoencoder_float32.tflite", "mlperf_tiny/ad_autoencoder_int8.tflite",
                    "mlperf_tiny/ic_resnet8_float32.tflite", "mlperf_tiny/ic_resnet8_int8.tflite",
                    "mlperf_tiny/kws_dscnn_float32.tflite", "mlperf_tiny/kws_dscnn_int8.tflite",
                    "mlperf_tiny/vww_mobilenetv1_025_96_float32.tflite",
                    "mlperf_tiny/vww_mobilenetv1_025_96_int8.tflite", "tflm/dtln_noise_suppression.tflite",
                    "tflm/hello_world_float32.tflite", "tflm/hello_world_int8.tflite", "tflm/micro_speech_int8.tflite",
                    "tflm/mnist_lstm_float32.tflite", "tflm/mnist_lstm_int8.tflite", "tflm/person_detect_int8.tflite"),
    [](const auto& test) { return std::filesystem::path(test.param).stem().string(); });

}  // namespace
}  // namespace mirim
