#include "mirim/offers/lanes.hpp"

#include "mirim/micro/conv2d_paired.hpp"
#include "mirim/offers/lane.hpp"

namespace mirim {

Lanes::Lanes(const PairedLayer& layer, const PairedPack& pack)
    : words_(pack.words),
      filters_(layer.filters),
      blocks_((layer.filters + kFilters - 1) / kFilters),
      steps_((layer.size + 3) / 4 * 2) {
  for (std::int32_t k = 0; k < 2 * steps_; ++k) {
    filled_.push_back(micro::paired_weight_at(layer.rows, layer.size / layer.rows, k) >= 0);
  }
}

std::int8_t Lanes::weight(std::int32_t filter, std::int32_t step, std::int32_t place) const {
  const std::int32_t pair = filter % kFilters / 2;
  const std::uint32_t word =
      words_[block_begin(filter / kFilters) + static_cast<std::size_t>(2 * step) + static_cast<std::size_t>(pair)];
  const std::uint32_t lane = word >> (16 * place) & 0xffff;
  const auto first = static_cast<std::int8_t>(lane & 0xff);
  if (filter % 2 == 0) return first;
  return static_cast<std::int8_t>((static_cast<std::int16_t>(lane) - first) / 256);
}

bool Lanes::is_read(std::int32_t filter, std::int32_t step, std::int32_t place) const {
  return filter < filters_ && filled_[static_cast<std::size_t>(first_k_of_step(step) + 2 * place)];
}

std::span<const std::uint32_t> Lanes::finish(std::int32_t block) const {
  return std::span(words_).subspan(block_begin(block) + static_cast<std::size_t>(2 * steps_),
                                   static_cast<std::size_t>(kFinishWords));
}

std::size_t Lanes::block_begin(std::int32_t block) const {
  return static_cast<std::size_t>(block) * static_cast<std::size_t>(2 * steps_ + kFinishWords);
}

void put_words(std::vector<std::uint32_t>& to, Bytes bytes) {
  bytes.resize((bytes.size() + 3) / 4 * 4);
  for (std::size_t i = 0; i < bytes.size(); i += 4) {
    std::uint32_t word = 0;
    for (std::size_t b = 0; b < 4; ++b) word |= std::to_integer<std::uint32_t>(bytes[i + b]) << (8 * b);
    to.push_back(word);
  }
}

}  // namespace mirim
