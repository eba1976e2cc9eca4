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
  EXPECT_NEAR(static_cast<double>(cycles[0].core), 400, 12);
  EXPECT_NEAR(static_cast<double>(cycles[1].core), 800, 12);
  // Together they are the inference, and the call of the marker that ends it.
  EXPECT_NEAR(static_cast<double>(steps[0] + steps[1]), static_cast<double>(result.board->instructions), 2);
}

// Cycles of the assembly, and 3 of each of bl and bx around it; flash reads are those of a second run, so that code is
// in the caches.
CycleCount cycles_of(const char* assembly) {
  const TinyFirmware firmware("cortex-m4", assembly);
  const RunResult result = run_firmware(firmware.path(), bytes_of(kSamples), {.cycles = true});
  EXPECT_EQ(result.board->cycles_of_each.size(), 2U);
  CycleCount count = result.board->cycles_of_each[1];
  count.core -= 6;
  return count;
}

// By the rules of Arm's Technical Reference Manual (100166), chapter 3.3, added up by hand.
TEST(Runner, estimates_the_cycles_of_a_loop) {
  SKIP_WITHOUT_EMULATOR();
  // movs 1; 99 turns of subs 1 and a branch taken 1 + 2; a last one of subs 1 and a branch not taken 1.
  EXPECT_EQ(cycles_of(R"(__asm volatile("movs r0, #100\n1: subs r0, #1\n bne 1b" ::: "r0", "cc");)").core,
            1 + 99 * 4 + 2);
}

TEST(Runner, estimates_the_cycles_of_loads_and_stores) {
  SKIP_WITHOUT_EMULATOR();
  const auto core = [](const std::string& lines) {
    return cycles_of(
               ("__asm volatile(\"" + lines + "\" ::: \"r0\", \"r1\", \"r2\", \"r3\", \"cc\", \"memory\");").c_str())
        .core;
  };
  // mov 1, ldr 2 and 1 for the address that was just computed, ldr behind a load 1, ldr behind a load 1.
  EXPECT_EQ(core("mov r1, sp\\n ldr r0, [r1]\\n ldr r2, [r1, #4]\\n ldr r3, [r1, #8]"), 6);
  // mov 1, nop 1, ldr with write-back 2, ldr with write-back 2.
  EXPECT_EQ(core("mov r1, sp\\n nop\\n ldr r0, [r1], #4\\n ldr r2, [r1], #4"), 6);
  // mov 1, nop 1, ldrd 1 + 2, ldrd 1 + 2.
  EXPECT_EQ(core("mov r1, sp\\n nop\\n ldrd r0, r2, [r1]\\n ldrd r0, r2, [r1]"), 8);
  // push 1 + 2, pop 1 + 2.
  EXPECT_EQ(core("push {r0, r1}\\n pop {r0, r1}"), 6);
  // mov 1, movs 1, sub 1, nop 1, str 1, str with an offset in a register 2, add 1.
  EXPECT_EQ(core("mov r1, sp\\n movs r2, #4\\n sub r1, #16\\n nop\\n str r0, [r1]\\n str r0, [r1, r2]\\n adds r2, #1"),
            8);
  // mov 1, adds 1, nop 1, a word at an odd address 2 + 2, one at an even address 2 + 1, its nop 1.
  EXPECT_EQ(core("mov r1, sp\\n adds r1, #1\\n nop\\n ldr r0, [r1]\\n nop\\n ldr r0, [r1, #1]"), 11);
  // smlad 1, mla 1, smull 1, sdiv 7 (2 to 12).
  EXPECT_EQ(core("smlad r0, r1, r2, r3\\n mla r0, r1, r2, r3\\n smull r0, r1, r2, r3\\n sdiv r0, r1, r2"), 10);
}

TEST(Runner, counts_what_must_be_read_from_flash) {
  SKIP_WITHOUT_EMULATOR();
  const auto reads = [](const std::string& lines) {
    return cycles_of(
               ("__asm volatile(\"" + lines + "\" ::: \"r0\", \"r1\", \"r2\", \"r3\", \"cc\", \"memory\");").c_str())
        .flash_reads;
  };
  // 1 KB of the image from address 0 on, word by word, twice: more than the caches for data hold, 256 and 128 bytes.
  // One read of 8 bytes for two words, one of 16 for four.
  const auto stream = reads(
      "movs r3, #2\\n0: movs r1, #0\\n mov r2, #256\\n1: ldr r0, [r1], #4\\n subs r2, #1\\n bne 1b\\n subs r3, #1\\n "
      "bne 0b");
  const auto code = reads("nop");
  EXPECT_NEAR(static_cast<double>(stream[kFlashOfStm32L4] - code[kFlashOfStm32L4]), 256, 16);
  EXPECT_NEAR(static_cast<double>(stream[kFlashOfStm32F4] - code[kFlashOfStm32F4]), 128, 16);
  // 64 bytes, 100 times, not 800 reads: at most once, where they are not in the cache since the run before.
  const auto kept = reads(
      "movs r3, #100\\n0: movs r1, #0\\n mov r2, #16\\n1: ldr r0, [r1], #4\\n subs r2, #1\\n bne 1b\\n subs r3, #1\\n "
      "bne 0b");
  EXPECT_NEAR(static_cast<double>(kept[kFlashOfStm32L4] - code[kFlashOfStm32L4]), 8, 8);
  // RAM costs no reads.
  const auto ram = reads("mov r1, sp\\n mov r2, #256\\n1: ldr r0, [r1]\\n subs r2, #1\\n bne 1b");
  EXPECT_NEAR(static_cast<double>(ram[kFlashOfStm32L4] - code[kFlashOfStm32L4]), 0, 8);
}

TEST(CycleCount, of_a_board_is_with_its_wait_states) {
  const CycleCount count{.core = 1000, .flash_reads = {10, 3}};
  EXPECT_EQ(count.on(find_device("nucleo_l4r5zi")), 1000 + 5 * 10);
  EXPECT_EQ(count.on(find_device("nucleo_g474re")), 1000 + 4 * 10);
  EXPECT_EQ(count.on(find_device("discovery_f407")), 1000 + 5 * 3);
  EXPECT_EQ(count.on(find_device("nano33ble")), 1000);  // its flash is not known
}

TEST(Runner, counts_a_step_apart_whose_function_is_inlined_into_the_next_ones) {
  SKIP_WITHOUT_EMULATOR();
  // As in a chain: step 1 asks step 0 for its rows.
  const TinyFirmware firmware("cortex-m4", R"(
  // 1: asks
  extern void tiny_run_rows();
  tiny_run_rows();
  __asm volatile("movs r0, #100\n1: subs r0, #1\n bne 1b" ::: "r0", "cc");
}
__attribute__((always_inline)) inline void tiny_run_first() {
  // 0: is_asked
  __asm volatile("movs r0, #200\n1: subs r0, #1\n bne 1b" ::: "r0", "cc");
}
__attribute__((noinline)) void tiny_run_rows() {
  // 1: asks, its rows
  tiny_run_first();
  __asm volatile("movs r0, #50\n1: subs r0, #1\n bne 1b" ::: "r0", "cc");
)");
  const auto steps = run_firmware(firmware.path(), bytes_of(kSamples), {.by_step = true}).board->instructions_of_steps;
  ASSERT_EQ(steps.size(), 2U);
  EXPECT_NEAR(static_cast<double>(steps[0]), 401, 4);
  EXPECT_NEAR(static_cast<double>(steps[1]), 201 + 101, 8);
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
