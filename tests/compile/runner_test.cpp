#include "mirim/compile/runner.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/machine/process.hpp"

namespace mirim {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

#define SKIP_WITHOUT_EMULATOR()                                                      \
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {      \
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm"; \
  }

constexpr const char* kHeader = R"(
#include <stdint.h>
#define TINY_ARENA_BYTES 64
#define TINY_INPUT_COUNT 1
#define TINY_OUTPUT_COUNT 1
#define TINY_INPUT_0_BYTES 4
#define TINY_OUTPUT_0_BYTES 4
extern "C" {
void* tiny_input(int);
const void* tiny_output(int);
void tiny_run(void);
void tiny_reset(void);
}
)";

// A firmware of four functions around `run`, which reads and writes the arena: input at 0, output at 4, state at 8.
class TinyFirmware {
 public:
  TinyFirmware(const char* target, const char* run) {
    const Firmware::Port port{.name = "x", .type = {DType::int8, {4}}, .quantization = {}};
    write_temporary_file(folder_.path() / "mirim.json", to_json({.name = "tiny",
                                                                 .target = target,
                                                                 .arena_bytes = 64,
                                                                 .constant_bytes = 8,
                                                                 .inputs = {port},
                                                                 .outputs = {port}}));
    write_temporary_file(folder_.path() / "tiny.h", kHeader);
    write_temporary_file(folder_.path() / "tiny.cpp", std::string(R"(#include "tiny.h"
namespace {
struct Constants { int8_t weights[8]; };
alignas(16) extern const Constants constants;
const Constants constants = {{1, 2, 3, 4, 5, 6, 7, 8}};
alignas(16) int8_t arena[64];
}
void* tiny_input(int) { return arena; }
const void* tiny_output(int) { return arena + 4; }
void tiny_reset(void) { arena[8] = 0; }
void tiny_run(void) {)") + run + "}\n");
  }
  const std::filesystem::path& path() const { return folder_.path(); }

 private:
  TemporaryFolder folder_;
};

// y = x * w + state, with the number of inferences since the reset as state. Volatile keeps the compiler from putting
// the weights into its instructions.
constexpr const char* kRun =
    "const volatile int8_t* w = constants.weights;"
    "for (int i = 0; i < 4; ++i) arena[4 + i] = arena[i] * w[i] + arena[8];"
    "++arena[8];";

const std::vector<std::int8_t> kSamples = {1, 1, 1, 1, -1, 2, -3, 4};
const std::vector<std::int8_t> kAnswers = {1, 2, 3, 4, -1 + 1, 4 + 1, -9 + 1, 16 + 1};

std::vector<std::int8_t> as_int8(const Bytes& bytes) {
  std::vector<std::int8_t> values;
  for (const std::byte b : bytes) values.push_back(static_cast<std::int8_t>(b));
  return values;
}

TEST(Runner, runs_samples_in_sequence_on_the_host) {
  const TinyFirmware firmware("host", kRun);
  const RunResult result = run_firmware(firmware.path(), bytes_of(kSamples));
  EXPECT_EQ(as_int8(result.answers), kAnswers);
  EXPECT_FALSE(result.board);
}

TEST(Runner, runs_samples_in_sequence_on_the_emulated_board) {
  SKIP_WITHOUT_EMULATOR();
  const TinyFirmware firmware("cortex-m4", kRun);
  const RunResult result = run_firmware(firmware.path(), bytes_of(kSamples));
  EXPECT_EQ(as_int8(result.answers), kAnswers);
  ASSERT_TRUE(result.board);
  EXPECT_EQ(result.board->sizes.constants, 8);
  EXPECT_EQ(result.board->sizes.static_ram, 64);
}

TEST(Runner, counts_every_instruction_of_an_inference_and_no_other) {
  SKIP_WITHOUT_EMULATOR();
  // bl + movs + 100 times (subs, bne) + bx
  const TinyFirmware firmware("cortex-m4",
                              R"(__asm volatile("movs r0, #100\n1: subs r0, #1\n bne 1b" ::: "r0", "cc");)");
  const RunResult result = run_firmware(firmware.path(), bytes_of(kSamples));
  EXPECT_THAT(result.board->instructions_of_each, ElementsAre(203, 203));
  EXPECT_EQ(result.board->instructions, 203);
}

TEST(Runner, counts_each_step_with_the_kernels_that_it_calls) {
  SKIP_WITHOUT_EMULATOR();
  // Steps are known by the comments at their head. 100 and 200 turns of two instructions, in line and in a function.
  const TinyFirmware firmware("cortex-m4", R"(
  // 0: in_line
  __asm volatile("movs r0, #100\n1: subs r0, #1\n bne 1b" ::: "r0", "cc");

  // 1: called
  extern void tiny_loop();
  tiny_loop();
}
__attribute__((noinline)) void tiny_loop() {
  __asm volatile("movs r0, #200\n1: subs r0, #1\n bne 1b" ::: "r0", "cc");
)");
  const RunResult result = run_firmware(firmware.path(), bytes_of(kSamples), {.by_step = true});
  const auto& steps = result.board->instructions_of_steps;
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_NEAR(static_cast<double>(steps[0]), 201, 6);
  EXPECT_NEAR(static_cast<double>(steps[1]), 401, 6);
  // A turn is subs and a branch taken, which is 1 + 3 cycles.
  const auto& cycles = result.board->cycles_of_steps;
  ASSERT_EQ(cycles.size(), 2U);
  EXPECT_NEAR(static_cast<double>(cycles[0]), 400, 12);
  EXPECT_NEAR(static_cast<double>(cycles[1]), 800, 12);
  // Together they are the inference, and the call of the marker that ends it.
  EXPECT_NEAR(static_cast<double>(steps[0] + steps[1]), static_cast<double>(result.board->instructions), 2);
}

TEST(Runner, its_count_agrees_with_the_clock_of_the_board) {
  SKIP_WITHOUT_EMULATOR();
  const TinyFirmware firmware("cortex-m4",
                              R"(__asm volatile("movw r0, #60000\n1: subs r0, #1\n bne 1b" ::: "r0", "cc");)");
  const RunResult result = run_firmware(firmware.path(), bytes_of(kSamples), {.count_by_clock = true});
  EXPECT_EQ(result.board->instructions, 120003);
  // 40 instructions a tick; the few around the markers and the tick under way make up to two more.
  EXPECT_GE(result.board->timer_ticks, 120003 / 40);
  EXPECT_LE(result.board->timer_ticks, 120003 / 40 + 2);
}

TEST(Runner, measures_the_peak_stack_below_its_caller) {
  SKIP_WITHOUT_EMULATOR();
  // A leaf function that saves nothing and writes one word, 400 bytes down.
  const char* run = R"(__asm volatile("sub sp, #400\n mov r0, #0\n str r0, [sp]\n add sp, #400" ::: "r0", "memory");)";
  const TinyFirmware firmware("cortex-m4", run);
  EXPECT_EQ(run_firmware(firmware.path(), bytes_of(kSamples)).board->peak_stack, 400);
}

std::string error_of(const std::filesystem::path& folder, const std::vector<std::int8_t>& samples) {
  try {
    run_firmware(folder, bytes_of(samples));
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST(Runner, says_when_the_firmware_takes_a_fault) {
  SKIP_WITHOUT_EMULATOR();
  const TinyFirmware firmware("cortex-m4", "__asm volatile(\"udf #0\");");
  EXPECT_THAT(error_of(firmware.path(), kSamples), HasSubstr("exit code 3: the firmware took a fault"));
}

TEST(Runner, says_what_the_compiler_said_first) {
  const TinyFirmware firmware("host", "syntax error");
  EXPECT_THAT(error_of(firmware.path(), kSamples), HasSubstr("g++ failed: "));
}

TEST(Runner, refuses_half_a_sample_and_foreign_folders) {
  const TinyFirmware firmware("host", kRun);
  EXPECT_THAT(error_of(firmware.path(), {1, 2, 3}), HasSubstr("3 bytes, which is no multiple of the 4"));
  const TemporaryFolder empty;
  EXPECT_THAT(error_of(empty.path(), kSamples), HasSubstr("no folder that `mirim compile` wrote"));
}

TEST(Runner, names_the_packages_when_the_toolchain_is_missing) {
  const TinyFirmware firmware("cortex-m4", kRun);
  const std::string path = std::getenv("PATH");
  setenv("PATH", "/nowhere", 1);
  const std::string error = error_of(firmware.path(), kSamples);
  setenv("PATH", path.c_str(), 1);
  EXPECT_EQ(error, "qemu-system-arm is not installed; install Debian's packages gcc-arm-none-eabi and qemu-system-arm");
}

TEST(Firmware, its_description_survives_the_file) {
  const Firmware firmware{.name = "kws",
                          .target = "cortex-m4",
                          .reentrant = true,
                          .arena_bytes = 1234,
                          .constant_bytes = 99,
                          .inputs = {{"in \"put\"", {DType::int8, {1, 49, 10, 1}}, {{0.5F}, {-128}, 0}}},
                          .outputs = {{"out", {DType::float32, {1, 12}}, {}}}};
  const TemporaryFolder folder;
  write_temporary_file(folder.path() / "mirim.json", to_json(firmware));
  EXPECT_EQ(read_firmware(folder.path()), firmware);
  EXPECT_EQ(firmware.sample_bytes(), 490);
  EXPECT_EQ(firmware.answer_bytes(), 48);
}

TEST(Firmware, a_name_that_is_no_identifier_is_refused) {
  const TemporaryFolder folder;
  write_temporary_file(folder.path() / "mirim.json",
                       to_json({.name = "a; rm -rf", .target = "host", .inputs = {}, .outputs = {}}));
  EXPECT_THROW(read_firmware(folder.path()), Error);
}

}  // namespace
}  // namespace mirim
