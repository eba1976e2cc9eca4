#pragma once

#include <cstdint>
#include <span>
#include <variant>

#include "mirim/base/bits.hpp"
#include "mirim/base/bytes.hpp"
#include "mirim/base/rans.hpp"
#include "mirim/compress/huffman.hpp"

namespace mirim {

/// How symbols become bits.
enum class Code : std::uint8_t {
  packed,   ///< each in ceil(log2 alphabet) bits, lowest first
  huffman,  ///< whole bits by frequency: quick to decode
  rans,     ///< parts of bits by frequency: within a percent of the entropy
};

/// Each symbol in ceil(log2 alphabet) bits; no table.
class Packed {
 public:
  explicit Packed(int alphabet) : alphabet_(alphabet) {}
  /// ceil(log2 alphabet).
  int bits() const;
  void write_table(Bytes& to) const;
  void encode(std::span<const std::uint8_t> symbols, Bytes& to) const;
  /// Throws Error for a symbol outside the alphabet.
  void decode(ByteReader& from, std::span<std::uint8_t> symbols) const;

 private:
  int alphabet_;
};

/// One of these codes for symbols 0 .. alphabet - 1, at most 256 of them, with its table.
class SymbolCode {
 public:
  /// A code for symbols of which each occurs as often as `counts` says.
  SymbolCode(Code code, std::span<const std::int64_t> counts);
  /// Reads the table. Throws Error.
  SymbolCode(Code code, int alphabet, ByteReader& table);

  void write_table(Bytes& to) const;
  /// Appends whole bytes, from which alone and the number of symbols `decode` finds the symbols again.
  void encode(std::span<const std::uint8_t> symbols, Bytes& to) const;
  /// Takes as many bytes as encode wrote. Throws Error.
  void decode(ByteReader& from, std::span<std::uint8_t> symbols) const;

 private:
  std::variant<Packed, Huffman, Rans> code_;
};

}  // namespace mirim
