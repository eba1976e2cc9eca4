#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "mirim/machine/devices.hpp"
#include "mirim/machine/flash.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

/// Whether cycles are estimated for the target's core: a Cortex-M4.
inline bool has_cycle_model(const Target& target) { return target.core == "Cortex-M4F"; }

/// An estimate of a Cortex-M4's cycles on an executed trace (docs/device-cycles.md).
struct CycleCount {
  std::int64_t core = 0;  ///< from memory without wait states
  /// Of each kind of flash, if code and constants are in it: of instructions and data that its caches lack.
  std::array<std::int64_t, kFlashKinds.size()> flash_reads{};

  CycleCount& operator+=(const CycleCount& other) {
    core += other.core;
    for (std::size_t kind = 0; kind < flash_reads.size(); ++kind) flash_reads[kind] += other.flash_reads[kind];
    return *this;
  }
  bool operator==(const CycleCount&) const = default;

  /// With the board's wait states, if its flash is known; else `core`.
  std::int64_t on(const Device& device) const {
    if (device.flash_kind < 0) return core;
    return core + device.wait_states * flash_reads[static_cast<std::size_t>(device.flash_kind)];
  }
};

}  // namespace mirim
