#include "mirim/offers/conv2d_sparse_pack.hpp"

#include <fmt/format.h>

#include "mirim/offers/lanes.hpp"

namespace mirim {
namespace {

constexpr std::uint32_t kLargestGap = 255;

/// Weights 0 to 3 of a four: two steps have the even ones and the odd ones.
std::uint32_t four_at(const Lanes& lanes, std::int32_t filter, std::int32_t four) {
  const auto byte = [&](std::int32_t k) {
    return std::uint32_t{static_cast<std::uint8_t>(lanes.weight(filter, 2 * four + k % 2, k / 2))} << (8 * k);
  };
  return byte(0) | byte(1) | byte(2) | byte(3);
}

struct Row {
  std::vector<std::uint32_t> gaps, fours;
};

Row row_of(const Lanes& lanes, std::int32_t filter) {
  Row row;
  std::uint32_t gap = 0;
  for (std::int32_t four = 0; four < lanes.steps() / 2; ++four) {
    const std::uint32_t weights = four_at(lanes, filter, four);
    if (weights == 0 && gap < kLargestGap) {
      ++gap;
      continue;
    }
    row.gaps.push_back(gap);
    row.fours.push_back(weights);
    gap = 0;
  }
  return row;
}

}  // namespace

SparsePack pack_conv2d_sparse(const PairedLayer& layer) {
  const PairedPack paired = pack_conv2d_paired(layer, Lanes::kFilters);
  if (!paired.refusal.empty()) return {.refusal = paired.refusal};
  const Lanes lanes(layer, paired);
  const std::int64_t all = std::int64_t{layer.filters} * lanes.steps() / 2;
  SparsePack pack;
  for (std::int32_t filter = 0; filter < layer.filters; ++filter) {
    const Row row = row_of(lanes, filter);
    const auto finish = lanes.finish(filter / Lanes::kFilters);
    const std::int32_t at = filter % Lanes::kFilters;
    const std::uint32_t right = finish[2 * Lanes::kFilters] >> (8 * at) & 0xff;
    pack.fours += std::ssize(row.fours);
    pack.words.push_back(static_cast<std::uint32_t>(row.fours.size()) | right << 16);
    for (std::size_t i = 0; i < row.gaps.size(); ++i) {
      if (i % 4 == 0) pack.words.push_back(0);
      pack.words.back() |= row.gaps[i] << (8 * (i % 4));
    }
    pack.words.insert(pack.words.end(), row.fours.begin(), row.fours.end());
    pack.words.push_back(finish[static_cast<std::size_t>(at)]);
    pack.words.push_back(finish[std::size_t{Lanes::kFilters} + static_cast<std::size_t>(at)]);
  }
  if (2 * pack.fours > all) {
    return {.refusal = fmt::format("{} of {} fours of weights are not zero, more than half", pack.fours, all)};
  }
  return pack;
}

}  // namespace mirim
