#include "mirim/compress/numbers.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstring>
#include <unordered_map>
#include <unordered_set>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::size_t kMostEntries = 256;

std::int32_t bits_at(const Value& value, std::int64_t element) {
  const std::byte* bytes = value.constant->data();
  if (value.type.dtype == DType::int8) return static_cast<std::int8_t>(bytes[element]);
  std::int32_t bits = 0;
  std::memcpy(&bits, bytes + element * 4, 4);
  return bits;
}

/// Empty when not each weight is on the grid, to the bit.
std::vector<std::int32_t> grid_integers(const Weights& w) {
  std::vector<std::int32_t> integers;
  integers.reserve(w.bits.size());
  for (std::size_t i = 0; i < w.bits.size(); ++i) {
    const float scale = w.scale[w.scale.size() == 1 ? 0 : i / static_cast<std::size_t>(w.columns)];
    const auto weight = std::bit_cast<float>(w.bits[i]);
    const float integer = weight == 0 ? 0 : std::nearbyint(weight / scale);
    const bool fits = integer >= -128 && integer <= 127;  // NaN does not
    if (!fits || std::bit_cast<std::int32_t>(scale * integer) != w.bits[i]) return {};
    integers.push_back(static_cast<std::int32_t>(integer));
  }
  return integers;
}

bool is_integer(Symbols symbols) {
  return symbols == Symbols::int8 || symbols == Symbols::int4 || symbols == Symbols::int2 || symbols == Symbols::bits;
}

/// How many integers the symbols can tell.
int levels(Symbols symbols) {
  return symbols == Symbols::bits ? 2 : symbols == Symbols::int2 ? 4 : symbols == Symbols::int4 ? 16 : 256;
}

bool in_range(Symbols symbols, std::int32_t integer) {
  if (symbols == Symbols::bits) return integer == 1 || integer == -1;
  return integer >= -levels(symbols) / 2 && integer < levels(symbols) / 2;
}

/// What a codebook has entries for.
const std::vector<std::int32_t>& told_by_book(const Numbers& n, const Weights& w) {
  return n.symbols == Symbols::grid_codebook ? w.integers : w.bits;
}

/// The different weights of each row, or of all: rows x alphabet, ascending, the last ones repeated in shorter rows.
bool make_book(Numbers& n, const Weights& w, std::span<const std::int64_t> stored) {
  std::vector<std::unordered_set<std::int32_t>> seen(static_cast<std::size_t>(n.book_per_row ? w.rows : 1));
  std::size_t most = 1;
  for (const std::int64_t i : stored) {
    auto& entries = seen[static_cast<std::size_t>(n.book_per_row ? i / w.columns : 0)];
    entries.insert(told_by_book(n, w)[static_cast<std::size_t>(i)]);
    most = std::max(most, entries.size());
    if (most > kMostEntries) return false;
  }
  n.alphabet = static_cast<int>(most);
  for (const auto& entries : seen) {
    std::vector<std::int32_t> sorted(entries.begin(), entries.end());
    std::ranges::sort(sorted);
    sorted.resize(most, sorted.empty() ? 0 : sorted.back());
    n.book.insert(n.book.end(), sorted.begin(), sorted.end());
  }
  return true;
}

std::vector<std::uint8_t> indices(const Numbers& n, const Weights& w, std::span<const std::int64_t> stored) {
  std::vector<std::uint8_t> result;
  result.reserve(stored.size());
  std::unordered_map<std::int32_t, std::uint8_t> index;
  std::int64_t row = -1;
  for (const std::int64_t i : stored) {
    const std::int64_t r = n.book_per_row ? i / w.columns : 0;
    if (r != row) {
      row = r;
      index.clear();
      const auto entries =
          std::span(n.book).subspan(static_cast<std::size_t>(r * n.alphabet), static_cast<std::size_t>(n.alphabet));
      for (std::size_t k = 0; k < entries.size(); ++k) index.emplace(entries[k], static_cast<std::uint8_t>(k));
    }
    result.push_back(index.at(told_by_book(n, w)[static_cast<std::size_t>(i)]));
  }
  return result;
}

}  // namespace

Weights weights_of(const Value& value, int axis) {
  const RowsOf rows = rows_of(value, axis);
  Weights w{.rows = rows.rows(), .columns = rows.columns(), .is_float = value.type.dtype == DType::float32};
  w.bits.reserve(static_cast<std::size_t>(w.rows * w.columns));
  for (std::int64_t r = 0; r < w.rows; ++r) {
    for (std::int64_t c = 0; c < w.columns; ++c) w.bits.push_back(bits_at(value, rows.element(r, c)));
  }
  if (!w.is_float) w.integers = w.bits;
  if (!value.form) return w;
  w.codebook_per_row = value.form->codebook && value.form->codebook->per_row;
  if (!w.is_float || !value.form->grid) return w;
  w.scale = value.form->grid->scale;
  const auto scales = static_cast<std::int64_t>(w.scale.size());
  if (scales == 1 || scales == w.rows) w.integers = grid_integers(w);
  return w;
}

std::optional<Numbers> numbers_for(Symbols symbols, const Weights& w, std::span<const std::int64_t> stored) {
  Numbers n{.symbols = symbols, .is_float = w.is_float};
  if (symbols == Symbols::own) return n;
  if (symbols != Symbols::codebook && w.integers.empty()) return std::nullopt;
  if (symbols == Symbols::grid_codebook && !w.is_float) return std::nullopt;  // the same as codebook
  if (n.has_scale()) n.scale = w.scale;
  if (is_integer(symbols)) {
    n.alphabet = levels(symbols);
    const bool fits = std::ranges::all_of(
        stored, [&](std::int64_t i) { return in_range(symbols, w.integers[static_cast<std::size_t>(i)]); });
    if (!fits) return std::nullopt;
  } else {
    n.book_per_row = w.codebook_per_row && w.rows > 1;
    if (!make_book(n, w, stored)) return std::nullopt;
  }
  return n;
}

std::vector<std::uint8_t> symbols_of(const Numbers& n, const Weights& w, std::span<const std::int64_t> stored) {
  if (n.has_book()) return indices(n, w, stored);
  std::vector<std::uint8_t> result;
  result.reserve(stored.size() * n.symbols_each());
  for (const std::int64_t place : stored) {
    const auto i = static_cast<std::size_t>(place);
    if (n.symbols == Symbols::own) {
      const auto bits = static_cast<std::uint32_t>(w.bits[i]);
      for (std::size_t k = 0; k < n.symbols_each(); ++k) result.push_back(static_cast<std::uint8_t>(bits >> (8 * k)));
    } else if (n.symbols == Symbols::bits) {
      result.push_back(w.integers[i] == 1 ? 1 : 0);
    } else {
      result.push_back(static_cast<std::uint8_t>(w.integers[i] & (n.alphabet - 1)));
    }
  }
  return result;
}

std::int32_t weight_of(const Numbers& n, std::int64_t row, std::span<const std::uint8_t> symbols) {
  std::int32_t integer = symbols[0];
  if (n.symbols == Symbols::own) {
    std::uint32_t bits = 0;
    for (std::size_t k = 0; k < symbols.size(); ++k) bits |= std::uint32_t{symbols[k]} << (8 * k);
    return static_cast<std::int32_t>(bits);
  }
  if (n.has_book()) {
    integer = n.book[static_cast<std::size_t>((n.book_per_row ? row * n.alphabet : 0) + integer)];
  } else if (n.symbols == Symbols::bits) {
    integer = 2 * integer - 1;
  } else if (integer >= n.alphabet / 2) {
    integer -= n.alphabet;
  }
  if (!n.has_scale()) return integer;
  const float scale = n.scale[n.scale.size() == 1 ? 0 : static_cast<std::size_t>(row)];
  return std::bit_cast<std::int32_t>(scale * static_cast<float>(integer));
}

void write_numbers(const Numbers& n, Bytes& to) {
  put_number(to, (n.scale.size() > 1 ? 1U : 0U) | (n.book_per_row ? 2U : 0U), 1);
  if (n.has_book()) put_number(to, static_cast<std::uint64_t>(n.alphabet - 1), 1);
  for (const float scale : n.scale) put_number(to, std::bit_cast<std::uint32_t>(scale), 4);
  const std::size_t entry_bytes = n.is_float && n.symbols == Symbols::codebook ? 4 : 1;
  for (const std::int32_t entry : n.book) put_number(to, static_cast<std::uint32_t>(entry), entry_bytes);
}

Numbers read_numbers(Symbols symbols, bool is_float, std::int64_t rows, ByteReader& from) {
  Numbers n{.symbols = symbols, .is_float = is_float};
  const auto flags = from.number(1);
  if (is_integer(symbols)) n.alphabet = levels(symbols);
  if (n.has_book()) n.alphabet = static_cast<int>(from.number(1)) + 1;
  n.book_per_row = (flags & 2) != 0 && n.has_book();
  if (n.has_scale()) {
    ByteReader scales(from.take(static_cast<std::size_t>((flags & 1) != 0 ? rows : 1) * 4));
    while (!scales.rest().empty())
      n.scale.push_back(std::bit_cast<float>(static_cast<std::uint32_t>(scales.number(4))));
  }
  if (n.has_book()) {
    const std::size_t entry_bytes = is_float && symbols == Symbols::codebook ? 4 : 1;
    const auto entries = static_cast<std::size_t>(n.book_per_row ? rows * n.alphabet : n.alphabet);
    ByteReader book(from.take(entries * entry_bytes));
    while (!book.rest().empty()) {
      const auto entry = static_cast<std::uint32_t>(book.number(entry_bytes));
      n.book.push_back(entry_bytes == 4 ? static_cast<std::int32_t>(entry) : static_cast<std::int8_t>(entry));
    }
  }
  return n;
}

}  // namespace mirim
