#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "mirim/base/bytes.hpp"
#include "mirim/offers/conv2d_paired_pack.hpp"

namespace mirim {

/// A layer packed by pack_conv2d_paired for tiles of four filters, taken apart again: the weights that the kernel
/// multiplies, after filters with one result were silenced, for those that compress them further.
class Lanes {
 public:
  /// `pack` is of `layer`, and is not refused.
  Lanes(const PairedLayer& layer, const PairedPack& pack);

  static constexpr std::int32_t kFilters = 4;      ///< of a block
  static constexpr std::int32_t kFinishWords = 9;  ///< biases, multipliers and shifts of a block

  std::int32_t blocks() const { return blocks_; }
  std::int32_t filters() const { return filters_; }
  /// Pairs of weights of a filter that are multiplied at once.
  std::int32_t steps() const { return steps_; }
  /// The weight of a filter at one of the two places of a step, 0 or 1.
  std::int8_t weight(std::int32_t filter, std::int32_t step, std::int32_t place) const;
  /// Whether a weight is read: filters and places that fill up a block are not, and may have any weight.
  bool is_read(std::int32_t filter, std::int32_t step, std::int32_t place) const;
  /// What stands behind the weights of a block.
  std::span<const std::uint32_t> finish(std::int32_t block) const;

 private:
  std::size_t block_begin(std::int32_t block) const;

  std::vector<std::uint32_t> words_;
  std::vector<bool> filled_;  ///< by k, in the order of paired_weight_at: whether a weight stands there
  std::int32_t filters_ = 0, blocks_ = 0, steps_ = 0;
};

/// Appends bytes as words, lowest byte first; the last one is filled up with zeros.
void put_words(std::vector<std::uint32_t>& to, Bytes bytes);

}  // namespace mirim
