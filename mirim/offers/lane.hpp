#pragma once

#include <algorithm>
#include <cstdint>

#include "mirim/offers/short_rescale.hpp"

/// Two rows of weights in one 16-bit lane, as mirim/micro/isa/paired_blocks.hpp and paired_sums.hpp read them.
/// `weights(row, k)` is the weight k of a row, 0 where there is none.
namespace mirim {

/// A lane holds 256 * second + first, of which the first's sign takes one from the second.
inline bool fits_lane(std::int32_t first, std::int32_t second) { return second != -128 || first >= 0; }

inline std::uint32_t lane(std::int32_t first, std::int32_t second) {
  return static_cast<std::uint32_t>(second * 256 + first) & 0xffff;
}

/// The first k of a step; the other is two behind it: of four, the even ones, then the odd ones.
inline std::int32_t first_k_of_step(std::int32_t step) { return step / 2 * 4 + step % 2; }

/// The word of a step with the rows `row` and `row` + 1.
template <class Weights>
std::uint32_t two_in_lanes(const Weights& weights, std::int32_t row, std::int32_t k) {
  return lane(weights(row, k), weights(row + 1, k)) | lane(weights(row, k + 2), weights(row + 1, k + 2)) << 16;
}

/// The most steps, an even number, after which no sum of a pair's second row has left the bits 8 to 31 that it is read
/// from.
template <class Weights>
std::int32_t largest_lane_chunk(std::int32_t rows, std::int32_t steps, const Weights& weights) {
  constexpr std::int64_t kLaneSums = std::int64_t{1} << 23;
  const auto fits = [&](std::int32_t row, std::int32_t chunk) {
    for (std::int32_t begin = 0; begin < steps; begin += chunk) {
      SumRange range;
      for (std::int32_t step = begin; step < std::min(begin + chunk, steps); ++step) {
        range.add(weights(row, first_k_of_step(step)));
        range.add(weights(row, first_k_of_step(step) + 2));
      }
      if (range.least < -kLaneSums || range.most >= kLaneSums) return false;
    }
    return true;
  };
  for (std::int32_t chunks = 1;; ++chunks) {
    const std::int32_t chunk = ((steps + chunks - 1) / chunks + 1) / 2 * 2;
    bool all = true;
    for (std::int32_t row = 1; all && row < rows; row += 2) all = fits(row, chunk);
    if (all) return chunk;
  }
}

}  // namespace mirim
