#pragma once

#include <cstdint>
#include <optional>

#include "mirim/offers/offer.hpp"

namespace mirim {

/// The kernel of mirim/micro/taken_rows.hpp for a layer that can take the rows of its input [1,H,W,C] as they come,
/// `rows` (a divisor of H) at each call: int8 AVERAGE_POOL_2D, MAX_POOL_2D, MEAN, SUM and REDUCE_MAX over a whole
/// image, and FULLY_CONNECTED of one. None for other work. Its scratch is the state that stays from call to call; the
/// first word must be 0 before the first.
std::optional<Offer> offer_taken_rows(const Work& work, std::int32_t rows);

}  // namespace mirim
