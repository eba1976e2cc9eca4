#include "mirim/base/random.hpp"

#include <bit>
#include <cmath>
#include <numbers>

namespace mirim {
namespace {

std::uint64_t splitmix64(std::uint64_t& x) {
  std::uint64_t z = (x += 0x9e3779b97f4a7c15U);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9U;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebU;
  return z ^ (z >> 31);
}

}  // namespace

Random::Random(std::uint64_t seed) {
  for (auto& word : state) word = splitmix64(seed);
}

std::uint64_t Random::bits() {
  auto& s = state;
  const std::uint64_t result = std::rotl(s[1] * 5, 7) * 9;
  const std::uint64_t t = s[1] << 17;
  s[2] ^= s[0];
  s[3] ^= s[1];
  s[1] ^= s[2];
  s[0] ^= s[3];
  s[2] ^= t;
  s[3] = std::rotl(s[3], 45);
  return result;
}

float Random::uniform() { return static_cast<float>(bits() >> 40) * 0x1p-24F; }

std::int64_t Random::below(std::int64_t n) {
  // Rejection keeps it unbiased: 2^64 is rarely a multiple of n.
  const auto range = static_cast<std::uint64_t>(n);
  const std::uint64_t limit = ~std::uint64_t{0} - ~std::uint64_t{0} % range;
  std::uint64_t value = bits();
  while (value >= limit) value = bits();
  return static_cast<std::int64_t>(value % range);
}

float Random::normal() {
  const double u = 1.0 - static_cast<double>(bits() >> 11) * 0x1p-53;
  const double v = static_cast<double>(bits() >> 11) * 0x1p-53;
  return static_cast<float>(std::sqrt(-2.0 * std::log(u)) * std::cos(2.0 * std::numbers::pi * v));
}

}  // namespace mirim
