#pragma once

#include <array>
#include <string_view>

namespace mirim {

/// What the kernels of a firmware are chosen for (`choose_kernel`).
enum class Optimize {
  balanced,  ///< few cycles, but a byte of flash or RAM must save enough of them
  speed,     ///< the fewest cycles
  size,      ///< the least flash, then the fewest cycles
  ram,       ///< the least scratch, then the fewest cycles
};

inline constexpr std::array<std::string_view, 4> kOptimizeNames = {"balanced", "speed", "size", "ram"};

/// Throws Error that lists the known ones.
Optimize find_optimize(std::string_view name);

}  // namespace mirim
