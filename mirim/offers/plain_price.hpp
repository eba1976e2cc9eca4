#pragma once

#include <cstdint>

#include "mirim/offers/offer.hpp"

namespace mirim {

/// Cycles of one call of the operator's plain kernel, from memory without wait states.
std::int64_t plain_price(const Work& work, const Target& target);

/// How often the call goes through all of its weights: for each pair of pixels of a convolution, each pixel of a
/// depthwise one, each row of a fully connected layer.
std::int64_t plain_passes(const Work& work);

}  // namespace mirim
