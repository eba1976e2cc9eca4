#include "mirim/data/shuffle.hpp"

#include <numeric>
#include <utility>

#include "mirim/base/random.hpp"

namespace mirim {

void shuffle(std::span<std::int64_t> order, std::uint64_t seed, std::uint64_t epoch) {
  std::iota(order.begin(), order.end(), std::int64_t{0});
  Random random(mix_seed(seed, epoch, 0));
  for (auto i = static_cast<std::int64_t>(order.size()) - 1; i > 0; --i) {
    std::swap(order[static_cast<std::size_t>(i)], order[static_cast<std::size_t>(random.below(i + 1))]);
  }
}

std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t epoch, std::uint64_t index) {
  // Odd constants keep the three apart; Random's own seeding (splitmix64) does the mixing.
  return seed + epoch * 0x9e3779b97f4a7c15U + index * 0xd1b54a32d192ed03U;
}

}  // namespace mirim
