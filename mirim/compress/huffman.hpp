#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mirim/base/bits.hpp"
#include "mirim/base/bytes.hpp"

namespace mirim {

/// Canonical Huffman code with lengths of at most 12 bits. Codes of a length are consecutive, in the order of their
/// symbols, and start at twice what follows the codes that are one bit shorter. A code's highest bit comes first.
///
/// The table is a length for each symbol, 4 bits each, 0 for one that does not occur. A device needs 13 counts and
/// the symbols by code, at most 26 + 256 bytes, and a step for each bit; or a table of 4096 steps.
class Huffman {
 public:
  static constexpr int kMostBits = 12;

  /// The lengths with the least sum of count * length (package-merge: Larmore and Hirschberg, 1990).
  explicit Huffman(std::span<const std::int64_t> counts);
  /// Reads the table. Throws Error when the lengths are no prefix code.
  Huffman(int alphabet, ByteReader& table);

  void write_table(Bytes& to) const;
  void encode(std::span<const std::uint8_t> symbols, Bytes& to) const;
  /// Throws Error for bits that are no code.
  void decode(ByteReader& from, std::span<std::uint8_t> symbols) const;

 private:
  void assign_codes();

  std::vector<std::uint8_t> lengths_;
  std::vector<std::uint16_t> codes_;  // last bit highest, as the writer wants them
  std::vector<std::uint8_t> symbol_;  // whose code stands in the lowest bits of the index
};

}  // namespace mirim
