#include "mirim/ops/twiddles.hpp"

#include <cmath>
#include <numbers>

namespace mirim {

std::vector<float> fft_twiddles(std::int64_t length) {
  std::vector<float> result{1, 0};
  for (std::int64_t k = 1; k < length / 2; ++k) {
    const double angle = 2 * std::numbers::pi * static_cast<double>(k) / static_cast<double>(length);
    result.push_back(static_cast<float>(std::cos(angle)));
    result.push_back(static_cast<float>(-std::sin(angle)));
  }
  return result;
}

}  // namespace mirim
