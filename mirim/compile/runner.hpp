#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "mirim/base/bytes.hpp"
#include "mirim/compile/firmware.hpp"
#include "mirim/compile/image.hpp"
#include "mirim/machine/cycles.hpp"

namespace mirim {

/// Measurements on the emulated board. Instructions are exact counts of emulated guest instructions, the same on any
/// machine; they are not cycles.
struct BoardFigures {
  std::int64_t instructions = 0;  ///< of the first sample's inference after a warm-up; the call included
  std::vector<std::int64_t> instructions_of_each;  ///< one per sample
  /// Of the same inference as `instructions`, by step of the plan (`Plan::steps`); with `by_step` only.
  std::vector<std::int64_t> instructions_of_steps;
  std::vector<CycleCount> cycles_of_steps{};  ///< an estimate, likewise
  std::vector<CycleCount>
      cycles_of_each{};  ///< an estimate for each sample with `cycles`, of the first one with `by_step`
  /// Of the warm-up, which is the first inference since the machine started, on the same input.
  std::int64_t instructions_of_first = 0;
  std::int64_t peak_stack = 0;  ///< bytes below the caller's stack pointer, painted before, scanned after
  ImageSizes sizes{};
  std::int64_t timer_ticks = 0;  ///< CMSDK timer 0, 25 MHz; with count_by_clock one tick is 40 instructions
};

struct RunResult {
  Bytes answers;                        ///< for each sample the bytes of all outputs
  std::optional<BoardFigures> board{};  ///< absent on the host
};

struct RunOptions {
  /// Ties the emulated clock to instructions (`-icount shift=0`: one is 1 ns), an independent but slower check of their
  /// count.
  bool count_by_clock = false;
  /// Of a firmware that learns: each sample is learnt from. Its target follows its input, and what has been learnt
  /// (NAME_save) its answers.
  bool learn = false;
  /// Counts each step's instructions and cycles too, in a separate run of the first sample.
  bool by_step = false;
  /// Estimates cycles too, as on a Cortex-M4.
  bool cycles = false;
  /// Extra flags for the model's source, after the target's own, as in another build: {"-Os"}.
  std::vector<std::string> flags{};
  /// The model's source is compiled by Debian's Clang, for targets of arm-none-eabi-g++.
  bool clang = false;
};

/// Whether the firmware's compiler and the emulator are installed, and the emulator has a board with its core.
bool can_emulate(const Firmware& firmware);

/// Compiles the folder for its target, runs it on the samples on the host or in QEMU, and returns answers and figures.
/// Each sample is the bytes of all inputs, one after the other. State is cleared before the first and kept from one to
/// the next. Throws Error if the toolchain is missing, the code does not build or the firmware fails.
RunResult run_firmware(const std::filesystem::path& folder, BytesView samples, const RunOptions& options = {});

}  // namespace mirim
