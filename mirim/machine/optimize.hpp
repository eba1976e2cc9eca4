#pragma once

#include <array>
#include <string_view>

namespace mirim {

/// What a firmware is to save: its kernels are chosen for it (`choose_kernel`), and whether layers run row by row
/// (`choose_chains`).
enum class Optimize {
  balanced,  ///< few cycles, but a byte of flash or RAM must save enough of them
  speed,     ///< the fewest cycles; tensors stay whole
  size,      ///< the least flash, then the fewest cycles; tensors stay whole
  ram,       ///< the least scratch and the smallest arena, then the fewest cycles
};

inline constexpr std::array<std::string_view, 4> kOptimizeNames = {"balanced", "speed", "size", "ram"};

/// Throws Error that lists the known ones.
Optimize find_optimize(std::string_view name);

}  // namespace mirim
