#pragma once

#include <bit>
#include <cstdint>

/// What instructions cost on a Cortex-M4 with memory of no wait states, by Arm's Technical Reference Manual (100166,
/// chapter 3.3): its table of instructions, and what it says of the timing of loads and stores. Left out: a full write
/// buffer, an IT that is folded, the early end of a division, loads of literals that meet a fetch.
namespace mirim {

/// The pipeline is filled again: 1 to 3 cycles by the manual, beside the branch's own.
inline constexpr std::uint64_t kCyclesOfBranchTaken = 2;

/// One instruction as the pipeline sees it. Registers are sets: bit n is rn.
struct M4Instruction {
  unsigned cycles = 1;  ///< behind an instruction that changes nothing for it
  /// A load or store of one register; if its `cycles` are two, it takes one right behind a load that lets it follow.
  bool follows_load = false;
  bool lets_load_follow = false;  ///< a load of one register, without write-back
  std::uint16_t address = 0;      ///< registers of which a load or store takes its address
  std::uint16_t loaded = 0;       ///< by a load of one register
  std::uint16_t computed = 0;     ///< by a data-processing instruction
};

namespace m4 {

constexpr std::uint16_t bit(unsigned reg) { return static_cast<std::uint16_t>(1U << (reg & 15U)); }
constexpr unsigned count(unsigned registers) { return static_cast<unsigned>(std::popcount(registers)); }
constexpr unsigned kSp = 13, kPc = 15;

/// A load or store of several registers: one cycle each and one more, never in the pipeline of others.
constexpr M4Instruction several(unsigned registers, unsigned base) {
  return {.cycles = 1 + count(registers), .address = bit(base)};
}

/// With write-back it takes two cycles wherever it stands.
constexpr M4Instruction load(unsigned reg, std::uint16_t address, bool writes_back = false) {
  return {.cycles = 2,
          .follows_load = !writes_back,
          .lets_load_follow = !writes_back,
          .address = address,
          .loaded = bit(reg)};
}

/// With a constant offset one cycle; with an offset in a register two, one behind a load.
constexpr M4Instruction store(std::uint16_t address, bool offset_in_register = false) {
  return {.cycles = offset_in_register ? 2U : 1U, .follows_load = true, .address = address};
}

constexpr M4Instruction computes(unsigned reg) { return {.computed = bit(reg)}; }

constexpr M4Instruction half(std::uint16_t code) {
  const unsigned five = code >> 11, low = code & 7U, middle = code >> 3 & 7U, high = code >> 8 & 7U;
  if (five < 0b00100) return computes(low);  // shifts, ADD, SUB
  if (five < 0b01000) return five == 0b00101 ? M4Instruction{} : computes(high);
  if (code >> 10 == 0b010000) {
    const unsigned op = code >> 6 & 15U;
    return op == 8 || op == 10 || op == 11 ? M4Instruction{} : computes(low);  // TST, CMP, CMN write nothing
  }
  if (code >> 10 == 0b010001) {
    const unsigned op = code >> 8 & 3U;
    return op == 0 || op == 2 ? computes((code >> 4 & 8U) | low) : M4Instruction{};
  }
  if (five == 0b01001) return load(high, 0);  // a literal
  if (code >> 12 == 0b0101) {
    const auto address = static_cast<std::uint16_t>(bit(middle) | bit(code >> 6 & 7U));
    return (code >> 9 & 7U) >= 3 ? load(low, address) : store(address, true);
  }
  if (code >> 12 == 0b0110 || code >> 12 == 0b0111 || code >> 12 == 0b1000) {
    return (five & 1U) != 0 ? load(low, bit(middle)) : store(bit(middle));
  }
  if (code >> 12 == 0b1001) return (five & 1U) != 0 ? load(high, bit(kSp)) : store(bit(kSp));
  if (code >> 12 == 0b1010) return computes(high);
  if (code >> 8 == 0xb0) return computes(kSp);
  if (code >> 8 == 0xb2 || code >> 8 == 0xba) return computes(low);
  if ((code & 0xf600) == 0xb400) return several(code & 0x1ffU, kSp);  // PUSH, POP
  if (code >> 12 == 0b1100) return several(code & 0xffU, high);       // LDM, STM
  return {};
}

constexpr M4Instruction single_wide(std::uint16_t first, std::uint16_t second) {
  const unsigned base = first & 15U, reg = second >> 12;
  const bool loads = (first & 0x10) != 0, short_offset = (first & 0x80) == 0 && base != kPc;
  const bool in_register = short_offset && (second & 0x800) == 0;
  const bool writes_back = short_offset && !in_register && (second & 0x100) != 0;
  std::uint16_t address = base == kPc ? std::uint16_t{0} : bit(base);
  if (in_register) address = static_cast<std::uint16_t>(address | bit(second & 15U));
  return loads ? load(reg, address, writes_back) : store(address, in_register);
}

constexpr M4Instruction floats(std::uint16_t first, std::uint16_t second) {
  const bool transfers = (first & 0xee00) == 0xec00;
  if (transfers) {
    const bool one = (first & 0x0f20) == 0x0d00;  // VLDR, VSTR: neither IA nor DB
    return {.cycles = one ? 2U : 1U + (second & 0xffU), .address = bit(first & 15U)};
  }
  if ((second & 0x0010) != 0) return {};  // VMOV to and from a register of the core
  const unsigned op = first >> 4 & 0b1011U;
  const bool square_root = op == 0b1011 && (first & 15U) == 1 && (second & 0x00c0) == 0x00c0;
  if (op == 0b1000 || square_root) return {.cycles = 14};  // VDIV, VSQRT
  const bool accumulates = op == 0b0000 || op == 0b0001 || op == 0b1001 || op == 0b1010;
  return {.cycles = accumulates ? 3U : 1U};  // VMLA, VNMLA, VFNMA, VFMA
}

constexpr M4Instruction wide(std::uint16_t first, std::uint16_t second) {
  const unsigned base = first & 15U, reg = second >> 8 & 15U;
  if ((first & 0xfe40) == 0xe800) return several(second, base);
  if ((first & 0xfff0) == 0xe8d0 && (second & 0xffe0) == 0xf000) {  // TBB, TBH
    return {.cycles = 2, .address = static_cast<std::uint16_t>((base == kPc ? 0 : bit(base)) | bit(second & 15U))};
  }
  if ((first & 0xff60) == 0xe840) return {.cycles = 2, .follows_load = true, .address = bit(base)};  // LDREX, STREX
  if ((first & 0xfe40) == 0xe840) return {.cycles = 3, .address = base == kPc ? std::uint16_t{0} : bit(base)};
  if ((first & 0xee00) == 0xec00 || (first & 0xef00) == 0xee00) {
    return (second & 0x0e00) == 0x0a00 ? floats(first, second) : M4Instruction{};
  }
  if ((first & 0xfe00) == 0xea00 || ((first & 0xf800) == 0xf000 && (second & 0x8000) == 0)) {
    return reg == kPc ? M4Instruction{} : computes(reg);  // tests and comparisons write nothing
  }
  if ((first & 0xfe00) == 0xf800) return single_wide(first, second);
  if ((first & 0xffd0) == 0xfb90) return {.cycles = 7, .computed = bit(reg)};  // SDIV, UDIV: 2 to 12
  if ((first & 0xff80) == 0xfb80) {                                            // two results
    return {.computed = static_cast<std::uint16_t>(bit(reg) | bit(second >> 12))};
  }
  if ((first & 0xfe00) == 0xfa00) return computes(reg);
  return {};
}

}  // namespace m4

/// The instruction with these halves; `second` counts only where the first says that there is one.
constexpr M4Instruction decode_m4(std::uint16_t first, std::uint16_t second) {
  return first >> 11 < 0b11101 ? m4::half(first) : m4::wide(first, second);
}

/// Cycles right behind another instruction; of one that is not known, give `{}`.
constexpr unsigned m4_cycles(const M4Instruction& it, const M4Instruction& before) {
  unsigned cycles = it.cycles;
  // A load or store right behind a load takes a cycle less. Its address must not be what that load gets.
  const bool pipelined = it.follows_load && before.lets_load_follow && (before.loaded & it.address) == 0;
  if (pipelined && cycles == 2) cycles = 1;
  // It waits a cycle for an address that the instruction before computed.
  if ((before.computed & it.address) != 0) ++cycles;
  return cycles;
}

/// More cycles of a load or store of 1, 2 or 4 bytes whose address is no multiple of that.
constexpr unsigned m4_unaligned_cycles(std::uint64_t address, unsigned bytes) {
  if (bytes == 2) return address % 2 != 0 ? 1 : 0;
  if (bytes != 4 || address % 4 == 0) return 0;
  return address % 2 != 0 ? 2 : 1;
}

}  // namespace mirim
