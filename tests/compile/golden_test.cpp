// Compiled networks against tflite-micro, every bit: tests/golden/networks, made by tests/judge/make_golden.py.
#include <gtest/gtest.h>

#include <string>

#include "mirim/compile/compile.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/formats/npy.hpp"
#include "mirim/formats/tflite.hpp"
#include "mirim/machine/process.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kRuns = 4;

// Compiles network `number` for `target`, runs its four inputs and compares the outputs.
void expect_the_bits_of_tflite_micro(int number, const std::string& target) {
  const std::string path = std::string(MIRIM_SOURCE_DIR) + "/tests/golden/networks/" + std::to_string(number);
  const Model model = read_tflite_file(path + ".tflite");
  const Bytes golden = read_npy(path + ".npy").bytes;
  const TemporaryFolder folder;
  write_temporary_artifact(folder.path(), compile(model.main(), {.target = target}));
  const auto inputs = static_cast<std::ptrdiff_t>(kRuns * model.main()[model.main().inputs[0]].type.bytes());
  const RunResult result = run_firmware(folder.path(), BytesView(golden).first(static_cast<std::size_t>(inputs)));
  EXPECT_EQ(result.answers, Bytes(golden.begin() + inputs, golden.end())) << model.description;
}

class CompiledNetwork : public testing::TestWithParam<int> {};

TEST_P(CompiledNetwork, on_the_host_gives_the_bits_of_tflite_micro) {
  expect_the_bits_of_tflite_micro(GetParam(), "host");
}

TEST_P(CompiledNetwork, on_the_emulated_board_gives_the_bits_of_tflite_micro) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  expect_the_bits_of_tflite_micro(GetParam(), "cortex-m4");
}

// Every second one: 13 kinds of operators, residual additions, branches and paddings.
INSTANTIATE_TEST_SUITE_P(Some, CompiledNetwork, testing::Range(0, 12, 2));

}  // namespace
}  // namespace mirim
