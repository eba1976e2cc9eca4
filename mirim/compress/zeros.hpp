#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "mirim/graph/weight_form.hpp"

namespace mirim {

/// Whether zeros are stored among the other weights, or what says where the others stand.
enum class Zeros : std::uint8_t {
  stored,    ///< as any other weight
  elements,  ///< a bit for each weight
  blocks,    ///< a bit for each block of the form's Sparsity; all weights of a kept block are stored
  pattern,   ///< in each `of` neighbours of a row the places of `keep` weights
};

/// A constant seen as rows x columns (WeightForm) and what becomes of its zeros.
struct ZerosLayout {
  Zeros zeros = Zeros::stored;
  WeightForm::Sparsity rule{};  ///< 1x1 blocks but for Zeros::blocks and Zeros::pattern
  std::int64_t rows = 1;
  std::int64_t columns = 1;
};

/// Some of the rows; whole blocks of them.
struct Band {
  std::int64_t first = 0;
  std::int64_t end = 0;
};

/// Where weights are kept is told in symbols: 8 bits of the mask (the first the lowest; blocks row by row; the last
/// symbol filled up with zeros), or a place in a group, 0 .. of - 1, ascending in each group. A group at the end of a
/// row may be shorter and have fewer places.
int alphabet_of_places(const ZerosLayout& layout);
std::int64_t count_of_places(const ZerosLayout& layout, Band band);

/// The symbols for a band of weights, of which row * columns + column is zero or not. Nothing when more weights of a
/// group are not zero than the pattern keeps.
std::optional<std::vector<std::uint8_t>> places_in(const ZerosLayout& layout, Band band,
                                                   const std::vector<bool>& is_zero);

/// row * columns + column of each stored weight of a band, in the order in which they are stored: row by row, but block
/// by block where whole blocks are kept. Throws Error when the places of a group do not ascend inside it.
std::vector<std::int64_t> stored_in(const ZerosLayout& layout, Band band, std::span<const std::uint8_t> places);

}  // namespace mirim
