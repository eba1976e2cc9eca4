#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mirim/base/bits.hpp"
#include "mirim/base/bytes.hpp"

namespace mirim {

/// Range asymmetric numeral system (Duda, arXiv 1311.2540), probabilities f / 4096, state of 32 bits that is filled up
/// 16 bits at a time. To decode a symbol:
///
///     slot = x % 4096                       s with start[s] <= slot < start[s] + f[s]
///     x = f[s] * (x / 4096) + slot - start[s]
///     if (x < 65536) x = x * 65536 + next 16 bits
///
/// A run of symbols is the first x in 4 bytes and then the 16-bit numbers; after its last symbol x is 65536. A run of
/// none is 0 bytes.
///
/// The table has for each symbol 4 bits that say how many bits f has, and those below its highest. A device needs the
/// starts, 2 bytes a symbol, and a search among them; or 4 KB for the symbol of each slot.
class Rans {
 public:
  static constexpr int kScaleBits = 12;

  /// Frequencies near counts / sum of counts, at least 1 for what occurs.
  explicit Rans(std::span<const std::int64_t> counts);
  /// Reads the table. Throws Error when the frequencies have another sum than 4096.
  Rans(int alphabet, ByteReader& table);

  void write_table(Bytes& to) const;
  void encode(std::span<const std::uint8_t> symbols, Bytes& to) const;
  /// Throws Error when the state does not come back to 65536.
  void decode(ByteReader& from, std::span<std::uint8_t> symbols) const;

 private:
  void add_up();

  std::vector<std::uint32_t> frequencies_;
  std::vector<std::uint32_t> starts_;
  std::vector<std::uint8_t> symbol_;  // of each slot; none when all frequencies are 0
};

}  // namespace mirim
