#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mirim/base/bits.hpp"
#include "mirim/base/bytes.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// What a stored weight is told by. Integers are those of the form's grid (float32: value = scale[row] * integer, to
/// the bit), or the weights themselves (int8).
enum class Symbols : std::uint8_t {
  own,            ///< its bytes as they are
  int8,           ///< an integer in [-128, 127]
  int4,           ///< in [-8, 7]
  int2,           ///< in [-2, 1]
  bits,           ///< 1 or -1: bits 1 and 0
  codebook,       ///< an index into the different weights, of the tensor or of its row
  grid_codebook,  ///< an index into the different integers of a float32 constant's grid
};

/// The weights of a float32 or int8 constant in row order: index row * columns + column.
struct Weights {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  bool is_float = true;
  std::vector<std::int32_t> bits{};      ///< each weight's own bits; 0 is +0
  std::vector<std::int32_t> integers{};  ///< none where not each float is on the grid
  std::vector<float> scale{};            ///< of integers: one, one a row, or none (int8)
  bool codebook_per_row = false;
};
/// `axis`: of the rows.
Weights weights_of(const Value& value, int axis);

/// What symbols mean, and all that must be stored for it beside them.
struct Numbers {
  Symbols symbols = Symbols::own;
  bool is_float = true;
  int alphabet = 256;
  std::vector<float> scale{};        ///< 4 bytes each
  std::vector<std::int32_t> book{};  ///< `alphabet` for the tensor or for each row, by their bits; 4 bytes each, or 1
  bool book_per_row = false;

  /// Symbols for each weight: 4 for a float of its own, else 1.
  std::size_t symbols_each() const { return symbols == Symbols::own && is_float ? 4 : 1; }
  bool has_scale() const { return is_float && symbols != Symbols::own && symbols != Symbols::codebook; }
  bool has_book() const { return symbols == Symbols::codebook || symbols == Symbols::grid_codebook; }
};

/// The numbers that tell all stored weights (indices row * columns + column). Nothing when they do not fit: integers
/// out of range or not there, more than 256 different weights (in a row).
std::optional<Numbers> numbers_for(Symbols symbols, const Weights& weights, std::span<const std::int64_t> stored);
std::vector<std::uint8_t> symbols_of(const Numbers& numbers, const Weights& weights,
                                     std::span<const std::int64_t> stored);

/// The weight's own bits again; `symbols` are its symbols_each(), below the alphabet.
std::int32_t weight_of(const Numbers& numbers, std::int64_t row, std::span<const std::uint8_t> symbols);

/// One byte: 1 for scales, 2 for a codebook of each row; then of a codebook the alphabet - 1; scales; codebook.
void write_numbers(const Numbers& numbers, Bytes& to);
/// Throws Error.
Numbers read_numbers(Symbols symbols, bool is_float, std::int64_t rows, ByteReader& from);

}  // namespace mirim
