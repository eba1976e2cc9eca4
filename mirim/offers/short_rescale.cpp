#include "mirim/offers/short_rescale.hpp"

#include <fmt/format.h>

namespace mirim {

std::string short_rescale_refusal(std::int64_t bias, SumRange range, std::int32_t shift) {
  constexpr std::int64_t kMost = (std::int64_t{1} << 30) - 1;
  if (shift < -20 || shift > -1) return fmt::format("a shift of {} is not in [-20, -1]", shift);
  if (bias + range.least < -kMost || bias + range.most > kMost || bias < -kMost || bias > kMost) {
    return fmt::format("sums of {} to {} need more than 31 bits", bias + range.least, bias + range.most);
  }
  return {};
}

}  // namespace mirim
