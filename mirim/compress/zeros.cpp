#include "mirim/compress/zeros.hpp"

#include <algorithm>
#include <numeric>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

/// Calls f(row, first column, end row, end column) for each block.
template <class F>
void for_each_block(const ZerosLayout& l, Band band, F f) {
  for (std::int64_t r = band.first; r < band.end; r += l.rule.block_rows) {
    const std::int64_t end_row = std::min(r + l.rule.block_rows, band.end);
    for (std::int64_t c = 0; c < l.columns; c += l.rule.block_columns) {
      f(r, c, end_row, std::min(c + l.rule.block_columns, l.columns));
    }
  }
}

/// Calls f(the group's first weight, its length, how many of them are kept) for each group.
template <class F>
void for_each_group(const ZerosLayout& l, Band band, F f) {
  for (std::int64_t r = band.first; r < band.end; ++r) {
    for (std::int64_t c = 0; c < l.columns; c += l.rule.of) {
      const std::int64_t length = std::min(l.rule.of, l.columns - c);
      f(r * l.columns + c, length, std::min(l.rule.keep, length));
    }
  }
}

std::vector<std::uint8_t> mask(const ZerosLayout& l, Band band, const std::vector<bool>& is_zero) {
  std::vector<std::uint8_t> bytes;
  std::int64_t bit = 0;
  for_each_block(l, band, [&](std::int64_t row, std::int64_t column, std::int64_t end_row, std::int64_t end_column) {
    bool kept = false;
    for (std::int64_t r = row; r < end_row && !kept; ++r) {
      for (std::int64_t c = column; c < end_column && !kept; ++c) {
        kept = !is_zero[static_cast<std::size_t>(r * l.columns + c)];
      }
    }
    if (bit % 8 == 0) bytes.push_back(0);
    bytes.back() = static_cast<std::uint8_t>(bytes.back() | (kept ? 1U << (bit % 8) : 0U));
    ++bit;
  });
  return bytes;
}

std::optional<std::vector<std::uint8_t>> pattern(const ZerosLayout& l, Band band, const std::vector<bool>& is_zero) {
  std::vector<std::uint8_t> places;
  bool obeyed = true;
  for_each_group(l, band, [&](std::int64_t first, std::int64_t length, std::int64_t keep) {
    const auto from = is_zero.begin() + first;
    std::int64_t zeros_to_keep = keep - std::count(from, from + length, false);
    obeyed = obeyed && zeros_to_keep >= 0;
    for (std::int64_t i = 0; i < length; ++i) {
      if (!from[i] || zeros_to_keep-- > 0) places.push_back(static_cast<std::uint8_t>(i));
    }
  });
  if (!obeyed) return std::nullopt;
  return places;
}

}  // namespace

int alphabet_of_places(const ZerosLayout& layout) {
  switch (layout.zeros) {
    case Zeros::stored:
      return 1;
    case Zeros::pattern:
      return static_cast<int>(layout.rule.of);
    default:
      return 256;
  }
}

std::int64_t count_of_places(const ZerosLayout& layout, Band band) {
  const auto parts = [](std::int64_t all, std::int64_t size) { return all / size + (all % size != 0 ? 1 : 0); };
  const WeightForm::Sparsity& rule = layout.rule;
  const std::int64_t rows = band.end - band.first;
  switch (layout.zeros) {
    case Zeros::stored:
      return 0;
    case Zeros::pattern:
      return rows * (layout.columns / rule.of * rule.keep + std::min(layout.columns % rule.of, rule.keep));
    default:
      return parts(parts(rows, rule.block_rows) * parts(layout.columns, rule.block_columns), 8);
  }
}

std::optional<std::vector<std::uint8_t>> places_in(const ZerosLayout& layout, Band band,
                                                   const std::vector<bool>& is_zero) {
  if (layout.zeros == Zeros::stored) return std::vector<std::uint8_t>{};
  if (layout.zeros == Zeros::pattern) return pattern(layout, band, is_zero);
  return mask(layout, band, is_zero);
}

std::vector<std::int64_t> stored_in(const ZerosLayout& layout, Band band, std::span<const std::uint8_t> places) {
  std::vector<std::int64_t> stored;
  if (layout.zeros == Zeros::stored) {
    stored.resize(static_cast<std::size_t>((band.end - band.first) * layout.columns));
    std::iota(stored.begin(), stored.end(), band.first * layout.columns);
  } else if (layout.zeros == Zeros::pattern) {
    std::size_t next = 0;
    for_each_group(layout, band, [&](std::int64_t first, std::int64_t length, std::int64_t keep) {
      std::int64_t least = 0;
      for (std::int64_t i = 0; i < keep; ++i) {
        const std::int64_t place = places[next++];
        if (place < least || place >= length) fail("encoded weights have a place outside its group of {}", length);
        stored.push_back(first + place);
        least = place + 1;
      }
    });
  } else {
    std::size_t bit = 0;
    for_each_block(layout, band,
                   [&](std::int64_t row, std::int64_t column, std::int64_t end_row, std::int64_t end_column) {
                     const bool kept = (places[bit / 8] >> (bit % 8) & 1) != 0;
                     ++bit;
                     for (std::int64_t r = row; kept && r < end_row; ++r) {
                       for (std::int64_t c = column; c < end_column; ++c) stored.push_back(r * layout.columns + c);
                     }
                   });
  }
  return stored;
}

}  // namespace mirim
