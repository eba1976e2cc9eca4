#pragma once

#include <cstdint>

#include "mirim/offers/offer.hpp"

namespace mirim {

/// Cycles of one call of the operator's plain kernel, from memory without wait states.
std::int64_t plain_price(const Work& work, const Target& target);

}  // namespace mirim
