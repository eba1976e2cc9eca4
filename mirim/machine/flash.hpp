#pragma once

#include <array>

namespace mirim {

/// How a chip reads its flash for the core: `read_bytes` at once, which take the wait states of the board. What was
/// read stays in a cache for instructions and one for data. A line holds `line_bytes`, which a multiple of `read_bytes`
/// fills, each when it is first needed; the line that was used least recently is given up.
struct FlashReads {
  int read_bytes = 8;
  int line_bytes = 32;
  int instruction_lines = 32;
  int data_lines = 8;
};

/// Kinds of flash on the boards that mirim knows; all are told apart by their place here.
///   STM32L4, L4+ and G4 (RM0351, RM0432, RM0440, chapter 3.3.4: two banks, 1 KB and 256 bytes of cache)
///   STM32F4 (RM0090, chapter 3.5.2: 64 and 8 lines of 128 bits)
/// Both as after reset: prefetch is off.
inline constexpr std::array<FlashReads, 2> kFlashKinds = {
    FlashReads{.read_bytes = 8, .line_bytes = 32, .instruction_lines = 32, .data_lines = 8},
    FlashReads{.read_bytes = 16, .line_bytes = 16, .instruction_lines = 64, .data_lines = 8},
};
inline constexpr int kFlashOfStm32L4 = 0, kFlashOfStm32F4 = 1;

}  // namespace mirim
