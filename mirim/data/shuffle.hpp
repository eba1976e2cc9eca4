#pragma once

#include <cstdint>
#include <span>

namespace mirim {

/// Fills `order` with 0 ... n-1 in an order that depends on seed and epoch alone (Fisher and Yates).
void shuffle(std::span<std::int64_t> order, std::uint64_t seed, std::uint64_t epoch);

/// Combines three numbers into a seed for sample `index` in this epoch.
std::uint64_t mix_seed(std::uint64_t seed, std::uint64_t epoch, std::uint64_t index);

}  // namespace mirim
