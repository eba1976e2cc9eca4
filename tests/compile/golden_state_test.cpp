// Layers that keep state against tflite-micro, bit for bit over several runs in sequence, interpreted and compiled:
// tests/golden/state, made by tests/judge/make_golden_state.py.
#include <gmock/gmock.h>

#include <filesystem>
#include <string>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/resolve_variables.hpp"

namespace mirim {
namespace {

const std::filesystem::path kGolden = std::filesystem::path(MIRIM_SOURCE_DIR) / "tests/golden/state";
const std::filesystem::path kModels = std::filesystem::path(MIRIM_SOURCE_DIR) / "../shared/data/models/tflm";

std::size_t bytes_of_values(const Graph& graph, const std::vector<ValueId>& ids) {
  std::int64_t bytes = 0;
  for (const ValueId id : ids) bytes += graph[id].type.bytes();
  return static_cast<std::size_t>(bytes);
}

// The outputs of one run after the other, each the bytes of all inputs.
Bytes interpret(Interpreter& interpreter, BytesView inputs) {
  Bytes answers;
  const Graph& graph = interpreter.graph();
  while (!inputs.empty()) {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      const auto bytes = static_cast<std::size_t>(graph[graph.inputs[i]].type.bytes());
      interpreter.set_input(static_cast<int>(i), inputs.first(bytes));
      inputs = inputs.subspan(bytes);
    }
    interpreter.run();
    for (std::size_t i = 0; i < graph.outputs.size(); ++i) {
      const auto output = interpreter.output(static_cast<int>(i)).bytes;
      answers.insert(answers.end(), output.begin(), output.end());
    }
  }
  return answers;
}

Bytes compiled(const Graph& graph, const std::string& target, BytesView inputs) {
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, {.target = target}));
  return run_firmware(folder.path(), inputs).answers;
}

void skip_without_board() {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
}

class GoldenState : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto path = kGolden / GetParam();
    graph_ = resolve_variables(read_tflite_file(path.string() + ".tflite"));
    const Bytes golden = read_npy(path.string() + ".npy").bytes;
    constexpr std::size_t kRuns = 4;
    const std::size_t inputs = kRuns * bytes_of_values(graph_, graph_.inputs);
    ASSERT_EQ(golden.size(), inputs + kRuns * bytes_of_values(graph_, graph_.outputs));
    inputs_.assign(golden.begin(), golden.begin() + static_cast<std::ptrdiff_t>(inputs));
    expected_.assign(golden.begin() + static_cast<std::ptrdiff_t>(inputs), golden.end());
  }
  Graph graph_;
  Bytes inputs_, expected_;
};

TEST_P(GoldenState, interpreted_gives_the_bits_of_tflite_micro) {
  Interpreter interpreter(graph_);
  EXPECT_EQ(interpret(interpreter, inputs_), expected_);
  interpreter.reset();
  EXPECT_EQ(interpret(interpreter, inputs_), expected_) << "after a reset";
}

TEST_P(GoldenState, compiled_gives_the_bits_of_tflite_micro) {
  EXPECT_EQ(compiled(graph_, "host", inputs_), expected_);
}

TEST_P(GoldenState, on_the_emulated_board_gives_the_bits_of_tflite_micro) {
  skip_without_board();
  EXPECT_EQ(compiled(graph_, "cortex-m4", inputs_), expected_);
}

INSTANTIATE_TEST_SUITE_P(All, GoldenState,
                         testing::Values("lstm_int8", "lstm_int16", "svdf", "resource_variables", "signal_delay",
                                         "signal_framer", "signal_stacker", "signal_overlap_add",
                                         "signal_spectral_subtraction", "circular_buffer", "audio_front_end"),
                         [](const auto& test) { return std::string(test.param); });

// make_golden_models.py's pseudo_random.
Bytes pseudo_random(std::uint32_t seed, std::size_t count) {
  Bytes bytes(count);
  for (std::byte& byte : bytes) {
    seed = seed * 1664525 + 1013904223;
    byte = static_cast<std::byte>(seed >> 24);
  }
  return bytes;
}

class GoldenStateModelSlow : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const auto path = kModels / (std::string(GetParam()) + ".tflite");
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    graph_ = resolve_variables(read_tflite_file(path));
    expected_ = read_npy(kGolden / (std::string(GetParam()) + ".npy")).bytes;
    for (std::uint32_t seed = 0; seed < 20; ++seed) {
      const Bytes input = pseudo_random(seed, bytes_of_values(graph_, graph_.inputs));
      inputs_.insert(inputs_.end(), input.begin(), input.end());
    }
  }
  Graph graph_;
  Bytes inputs_, expected_;
};

TEST_P(GoldenStateModelSlow, gives_the_bits_of_tflite_micro_interpreted_and_compiled) {
  Interpreter interpreter(graph_);
  EXPECT_EQ(interpret(interpreter, inputs_), expected_);
  EXPECT_EQ(compiled(graph_, "host", inputs_), expected_);
}

TEST_P(GoldenStateModelSlow, on_the_emulated_board_gives_the_bits_of_tflite_micro) {
  skip_without_board();
  EXPECT_EQ(compiled(graph_, "cortex-m4", inputs_), expected_);
}

INSTANTIATE_TEST_SUITE_P(Public, GoldenStateModelSlow, testing::Values("mnist_lstm_int8", "dtln_noise_suppression"),
                         [](const auto& test) { return std::string(test.param); });

// Outputs of TensorFlow Lite's WebAssembly build in npm's @tensorflow/tfjs-tflite 0.0.1-alpha.10, state carried on.
class GoldenStateFloat : public testing::Test {
 protected:
  void SetUp() override {
    const auto path = kModels / "mnist_lstm_float32.tflite";
    if (!std::filesystem::exists(path)) GTEST_SKIP() << path << " is not there";
    graph_ = resolve_variables(read_tflite_file(path));
    inputs_ = read_npy(kModels / "../reference_io/tflm__mnist_lstm_float32.in0.npy").bytes;
    expected_ = read_npy(kModels / "../reference_io/tflm__mnist_lstm_float32.out0.npy");
  }
  void expect_near(Bytes answers) const {
    Tensor actual(expected_.type);
    actual.bytes = std::move(answers);
    EXPECT_THAT(actual.as<float>(), testing::Pointwise(testing::FloatNear(1e-5F), expected_.as<float>()));
  }
  Graph graph_;
  Bytes inputs_;
  Tensor expected_;
};

TEST_F(GoldenStateFloat, interpreted_is_within_1e_5_of_tensorflow_lite) {
  Interpreter interpreter(graph_);
  expect_near(interpret(interpreter, inputs_));
}

TEST_F(GoldenStateFloat, compiled_is_within_1e_5_of_tensorflow_lite) { expect_near(compiled(graph_, "host", inputs_)); }

TEST_F(GoldenStateFloat, on_the_emulated_board_is_within_1e_5_of_tensorflow_lite) {
  skip_without_board();
  expect_near(compiled(graph_, "cortex-m4", inputs_));
}

}  // namespace
}  // namespace mirim
