// Compiled operators of types other than int8 against tests/golden, made by tests/judge/make_golden.py.
#include <gtest/gtest.h>

#include <string>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/machine/process.hpp"

namespace mirim {
namespace {

// The firmware of all cases of an operator in one graph gives every bit.
void expect_golden(const std::string& name, const std::string& target) {
  const std::string path = std::string(MIRIM_SOURCE_DIR) + "/tests/golden/" + name;
  const Model model = read_tflite_file(path + ".tflite");
  const Graph& graph = model.main();
  const Bytes golden = read_npy(path + ".npy").bytes;
  std::size_t inputs = 0;
  for (const ValueId id : graph.inputs) inputs += static_cast<std::size_t>(graph[id].type.bytes());
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(graph, {.target = target}));
  const Bytes answers = run_firmware(folder.path(), BytesView(golden).first(inputs)).answers;
  ASSERT_EQ(answers.size(), golden.size() - inputs);
  EXPECT_EQ(answers, Bytes(golden.begin() + static_cast<std::ptrdiff_t>(inputs), golden.end()));
}

class CompiledTypes : public testing::TestWithParam<std::string> {};

TEST_P(CompiledTypes, on_the_host_give_what_the_judge_gave) { expect_golden(GetParam(), "host"); }

INSTANTIATE_TEST_SUITE_P(Some, CompiledTypes,
                         testing::Values("conv2d_int16", "fully_connected_int16", "transpose_conv_int16",
                                         "transpose_conv_uint8", "softmax_int16", "tanh_int16", "exp_int16",
                                         "log_softmax_uint8", "reduce_any", "conv2d_uint8", "conv2d_int4", "requantize",
                                         "conv2d_int16_int4", "fully_connected_int2", "fully_connected_int16_int4",
                                         "fully_connected_computed_int8", "fully_connected_computed_int16",
                                         "fully_connected_hybrid_int4", "conv2d_hybrid_int4", "transpose_conv_hybrid",
                                         "batch_matmul_hybrid", "div_int16", "sqrt_int16", "prelu_int16",
                                         "softmax_int16_mask", "quantize_per_channel", "reduce_window_types",
                                         "signal_rfft", "signal_irfft", "signal_fft_auto_scale", "signal_filter_bank",
                                         "signal_pcan"),
                         [](const auto& test) { return test.param; });

class TypesOnTheBoard : public testing::TestWithParam<std::string> {};

// There int32_t is long, which overloads and templates must not mind.
TEST_P(TypesOnTheBoard, give_what_the_judge_gave) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  expect_golden(GetParam(), "cortex-m4");
}

INSTANTIATE_TEST_SUITE_P(Some, TypesOnTheBoard,
                         testing::Values("conv2d_int16", "softmax_int16", "requantize", "unary_integers", "conv2d_int4",
                                         "fully_connected_int2", "fully_connected_int16_int4",
                                         "fully_connected_int16_int2", "fully_connected_computed_int8",
                                         "fully_connected_hybrid_int4", "fully_connected_hybrid_int2", "sqrt_int16",
                                         "signal_rfft", "signal_filter_bank_log", "signal_filter_bank_square_root"),
                         [](const auto& test) { return test.param; });

}  // namespace
}  // namespace mirim
