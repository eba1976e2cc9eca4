#pragma once

#include <bit>
#include <cstdint>

/// What instructions cost on a Cortex-M4 with memory of no wait states, by the table of instructions in Arm's Technical
/// Reference Manual (100166, chapter 3.3), where it says how loads follow each other. Left out: a stalled write buffer,
/// operands that are not aligned, an IT that is folded, the early end of a division.
namespace mirim {

/// The pipeline is filled again: 1 to 3 cycles by the manual, beside the branch's own.
inline constexpr std::uint64_t kCyclesOfBranchTaken = 2;

struct InstructionCycles {
  std::uint64_t cycles = 1;
  bool lets_load_follow = false;  ///< whether a load right behind it takes one cycle instead of two
};

/// A load of one register: two cycles, one right behind another without write-back.
constexpr InstructionCycles load_cycles(bool behind_load, bool writes_back) {
  return {behind_load && !writes_back ? 1U : 2U, !writes_back};
}

constexpr InstructionCycles cycles_of_half_instruction(std::uint16_t code, bool behind_load) {
  const unsigned five = code >> 11;
  if (five == 0b01001) return load_cycles(behind_load, false);  // LDR literal
  if (code >> 12 == 0b0101 && (code >> 9 & 7) >= 3) return load_cycles(behind_load, false);
  if (five == 0b01101 || five == 0b01111 || five == 0b10001 || five == 0b10011) return load_cycles(behind_load, false);
  if ((code & 0xfe00) == 0xb400 || (code & 0xfe00) == 0xbc00) {  // PUSH, POP
    return {1U + static_cast<unsigned>(std::popcount(code & 0x1ffU))};
  }
  if (code >> 12 == 0b1100) return {1U + static_cast<unsigned>(std::popcount(code & 0xffU))};  // LDM, STM
  return {};
}

/// Of the instruction with these halves; `second` counts only where the first says that there is one.
constexpr InstructionCycles cortex_m4_cycles(std::uint16_t first, std::uint16_t second, bool behind_load) {
  if (first >> 11 < 0b11101) return cycles_of_half_instruction(first, behind_load);
  if ((first & 0xfe40) == 0xe800) return {1U + static_cast<unsigned>(std::popcount(second))};  // LDM, STM
  if ((first & 0xfe40) == 0xe840) {
    return {(first & 0xfff0) == 0xe8d0 ? 2U : 3U};  // TBB; LDRD, STRD
  }
  if ((first & 0xfe10) == 0xf810) {
    const bool eight_bits = (first & 0x0080) == 0 && (first & 0xf) != 0xf && (second & 0x0800) != 0;
    return load_cycles(behind_load, eight_bits && (second & 0x0100) != 0);
  }
  if ((first & 0xffd0) == 0xfb90) return {7};                       // SDIV, UDIV: 2 to 12
  if ((first & 0xee10) == 0xec10 && (second & 0x0e00) == 0x0a00) {  // VLDR, VLDM
    return {(first & 0x0f00) == 0x0d00 ? 2U : 1U + (second & 0xffU)};
  }
  if ((first & 0xef00) == 0xee00 && (second & 0x0e10) == 0x0a00) {
    const unsigned op = (first >> 4 & 0b1011);
    if (op == 0b0000 || op == 0b0001) return {3};  // VMLA, VNMLA
    if (op == 0b1000) return {14};                 // VDIV
  }
  return {};
}

}  // namespace mirim
