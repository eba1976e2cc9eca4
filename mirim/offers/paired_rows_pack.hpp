#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace mirim {

struct PairedRows {
  std::vector<std::uint32_t> words{};  ///< the order is that of mirim/micro/isa/paired_sums.hpp; empty if refused
  std::size_t words_size = 0;          ///< of them, also if they are hollow
  std::int32_t steps = 0;              ///< two weights of a row each
  std::int32_t chunk = 0;              ///< steps after which the sum of a pair's second row is taken out; even
  std::string refusal{};               ///< why the rows cannot be computed so; empty if they can
};

/// What packing `count` rows of weights that are nowhere would give: sizes, and `words` left empty.
PairedRows hollow_paired_rows(std::int32_t count, std::int32_t size);

/// Packs rows of `size` weights for micro::paired_sums, with rows of 0 until they are a multiple of four. Refused are
/// weights of -128 in a pair's second row beside a negative one in its first, which no lane holds.
PairedRows pack_paired_rows(std::span<const std::int8_t> weights, std::int32_t size);

}  // namespace mirim
