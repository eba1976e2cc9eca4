#include "mirim/offers/conv2d_nibbles_pack.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <numeric>

#include "mirim/offers/lanes.hpp"

namespace mirim {
namespace {

constexpr std::int32_t kLeast = -8, kMost = 7;
constexpr std::int32_t kMostSum = 4095;     // times 128 it has 19 bits
constexpr std::int32_t kMostThird = 65535;  // times 128 and 256 it has 31

}  // namespace

NibblesPack pack_conv2d_nibbles(const PairedLayer& layer) {
  std::int32_t divisor = 0;
  for (const std::int8_t w : layer.weights) divisor = std::gcd(divisor, std::int32_t{w});
  divisor = std::max(divisor, 1);
  const auto outside = std::ranges::find_if(
      layer.weights, [divisor](std::int8_t w) { return w < kLeast * divisor || w > kMost * divisor; });
  if (outside != layer.weights.end()) {
    return {.refusal = fmt::format("a weight of {} has more than 4 bits in steps of {}", *outside, divisor)};
  }
  const PairedPack paired = pack_conv2d_paired(layer, Lanes::kFilters);
  if (!paired.refusal.empty()) return {.refusal = paired.refusal};
  const Lanes lanes(layer, paired);
  NibblesPack pack{.words = {static_cast<std::uint32_t>(divisor)}};
  for (std::int32_t block = 0; block < lanes.blocks(); ++block) {
    const std::int32_t first = block * Lanes::kFilters, last = first + Lanes::kFilters - 1;
    std::int32_t sum = 0;
    std::int64_t third = 0;
    for (std::int32_t step = 0; step < lanes.steps(); ++step) {
      std::uint32_t word = 0;
      for (const std::int32_t place : {0, 1}) {
        for (std::int32_t f = 0; f < Lanes::kFilters; ++f) {
          // The last one is signed, so the lane's highest bit is not turned.
          const std::int32_t nibble =
              lanes.weight(first + f, step, place) / divisor + (first + f == last ? 0 : -kLeast);
          word |= (static_cast<std::uint32_t>(nibble) & 0xf) << (16 * place + 4 * f);
        }
        sum += std::abs(lanes.weight(last, step, place) / divisor);
        third += lanes.weight(last - 1, step, place) / divisor - kLeast;
      }
      pack.words.push_back(word);
    }
    if (sum > kMostSum) {
      return {.refusal = fmt::format("filter {}: its weights add up to {} steps, more than {}", last, sum, kMostSum)};
    }
    if (third > kMostThird) {
      return {.refusal = fmt::format("filter {}: its weights, each 8 more, add up to {} steps, more than {}", last - 1,
                                     third, kMostThird)};
    }
    const auto finish = lanes.finish(block);
    pack.words.insert(pack.words.end(), finish.begin(), finish.end());
  }
  return pack;
}

}  // namespace mirim
