#pragma once

#include <array>
#include <cstdint>

namespace mirim {

/// xoshiro256** (Blackman and Vigna, 2018) seeded by splitmix64: the same numbers on every machine and compiler,
/// which the distributions of <random> do not promise. Copyable: `state` goes into checkpoints.
class Random {
 public:
  explicit Random(std::uint64_t seed);

  /// 64 uniform bits.
  std::uint64_t bits();
  /// Uniform in [0, 1), 24 bits.
  float uniform();
  /// Uniform integer in [0, n); n > 0.
  std::int64_t below(std::int64_t n);
  /// Mean 0, standard deviation 1 (Box-Muller).
  float normal();

  using State = std::array<std::uint64_t, 4>;
  State state{};

  bool operator==(const Random&) const = default;
};

}  // namespace mirim
