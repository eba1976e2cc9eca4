#include "mirim/offers/paired_rows_pack.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/offers/lane.hpp"

namespace mirim {
namespace {

/// Rows in whole fours, weights too, with 0 where there are none.
struct PaddedRows {
  std::span<const std::int8_t> weights;
  std::int32_t size;

  std::int32_t operator()(std::int32_t row, std::int32_t k) const {
    const std::int32_t place = micro::paired_weight_at(1, size, k);
    const auto at = static_cast<std::size_t>(row) * static_cast<std::size_t>(size) + static_cast<std::size_t>(place);
    return place >= 0 && at < weights.size() ? weights[at] : 0;
  }
};

}  // namespace

PairedRows hollow_paired_rows(std::int32_t count, std::int32_t size) {
  const std::int32_t steps = (size + 3) / 4 * 2;
  return {.words_size = static_cast<std::size_t>((count + 3) / 4) * 2 * static_cast<std::size_t>(steps),
          .steps = steps,
          .chunk = steps};
}

PairedRows pack_paired_rows(std::span<const std::int8_t> weights, std::int32_t size) {
  if (size < 1 || weights.empty() || weights.size() % static_cast<std::size_t>(size) != 0) {
    fail("{} weights are no rows of {}", weights.size(), size);
  }
  const auto count = static_cast<std::int32_t>(weights.size()) / size;
  const PaddedRows rows{weights, size};
  PairedRows pack{.steps = (size + 3) / 4 * 2};
  pack.chunk = largest_lane_chunk(count, pack.steps, rows);
  for (std::int32_t first = 0; first < count; first += 4) {
    for (std::int32_t step = 0; step < pack.steps; ++step) {
      const std::int32_t k = first_k_of_step(step);
      for (std::int32_t row = first; row < first + 4; row += 2) {
        for (const std::int32_t each : {k, k + 2}) {
          if (!fits_lane(rows(row, each), rows(row + 1, each))) {
            return {.refusal =
                        fmt::format("row {}: weight {} is -128 beside a negative one of row {}", row + 1, each, row)};
          }
        }
        pack.words.push_back(two_in_lanes(rows, row, k));
      }
    }
  }
  pack.words_size = pack.words.size();
  return pack;
}

}  // namespace mirim
