// The log-mel front end on the emulated Cortex-M4, which makes its tables itself, against the host's.
#include <gmock/gmock.h>

#include <cstring>

#include "mirim/base/file.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/ops/log_mel.hpp"

namespace mirim {
namespace {

constexpr const char* kHeader = R"(
#include <stdint.h>
#define EAR_ARENA_BYTES 1
#define EAR_INPUT_COUNT 1
#define EAR_OUTPUT_COUNT 1
#define EAR_INPUT_0_BYTES 6000
#define EAR_OUTPUT_0_BYTES 1760
extern "C" {
void* ear_input(int);
const void* ear_output(int);
void ear_run(void);
void ear_reset(void);
}
)";

// 22 frames of 20 bands of 3,000 samples. Pieces of 100.
constexpr const char* kSource = R"(
#pragma GCC optimize("O3", "fp-contract=off", "no-fast-math")
#include "ear.h"
#include "mirim/micro/log_mel.hpp"
#include "mirim/micro/log_mel_tables.hpp"
using namespace mirim::micro;
namespace {
alignas(16) int16_t sound[3000];
alignas(16) float features[22 * 20], window[256], twiddles[256], weights[258], work[258];
int16_t first[20], count[20], kept[256];
}
void* ear_input(int) { return sound; }
const void* ear_output(int) { return features; }
void ear_reset(void) {}
void ear_run(void) {
  fill_hann_window(256, window);
  fill_twiddles(256, twiddles);
  fill_mel_bands(8000, 256, 20, 0, 4000, first, count, weights);
  const LogMelParams p = {256, 128, 256, 20, window, twiddles, first, count, weights};
  LogMelStream stream = {kept, work, 0};
  float* to = features;
  for (int32_t at = 0; at < 3000; at += 100) {
    for (int32_t n = 0; n < 100;) {
      bool made = false;
      n += log_mel_push(p, stream, sound + at + n, 100 - n, to, made);
      if (made) to += 20;
    }
  }
}
)";

TEST(LogMelOnBoard, has_the_bits_of_the_host) {
  if (!find_program("arm-none-eabi-g++") || !find_program("qemu-system-arm")) {
    GTEST_SKIP() << "needs Debian's packages gcc-arm-none-eabi and qemu-system-arm";
  }
  std::vector<std::int16_t> samples;
  std::uint32_t state = 7;
  for (int n = 0; n < 3000; ++n) {
    state = state * 1664525U + 1013904223U;
    samples.push_back(static_cast<std::int16_t>((n * n / 3 % 8000 - 4000) * (n / 1500) + (state >> 21) - 1024));
  }
  const TemporaryFolder folder;
  const auto port = [](std::int64_t bytes) {
    return Firmware::Port{.name = "x", .type = {DType::int8, {bytes}}, .quantization = {}};
  };
  write_temporary_file(folder.path() / "mirim.json", to_json({.name = "ear",
                                                              .target = "cortex-m4",
                                                              .arena_bytes = 1,
                                                              .constant_bytes = 0,
                                                              .inputs = {port(6000)},
                                                              .outputs = {port(1760)}}));
  write_temporary_file(folder.path() / "ear.h", kHeader);
  write_temporary_file(folder.path() / "ear.cpp", kSource);
  const RunResult result = run_firmware(folder.path(), bytes_of(samples), {.flags = {"-I", MIRIM_SOURCE_DIR}});
  const std::vector<float> expected = LogMel({.rate = 8000}).features(samples);
  ASSERT_EQ(result.answers.size(), expected.size() * sizeof(float));
  for (std::size_t i = 0; i < expected.size(); ++i) {
    std::uint32_t found = 0, wanted = 0;
    std::memcpy(&found, &result.answers[4 * i], 4);
    std::memcpy(&wanted, &expected[i], 4);
    ASSERT_EQ(found, wanted) << "frame " << i / 20 << ", band " << i % 20;
  }
  ASSERT_TRUE(result.board);
}

}  // namespace
}  // namespace mirim
