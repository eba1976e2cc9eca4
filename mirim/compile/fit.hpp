#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "mirim/compile/memory.hpp"
#include "mirim/machine/devices.hpp"

namespace mirim {

/// Whether a model fits a board, and time and energy of an inference there. All commands use this definition of "fits".
/// RAM: the arena within the longest stretch, static data and stack within all of it. Flash: code and constants.
struct DeviceFit {
  const Device* device = nullptr;
  bool fits_ram = false;
  bool fits_flash = false;
  /// The verdict depends on an estimated size, or one of another core: print it with ~.
  bool is_estimate = false;
  /// Of one inference, if the cycles of the device's core are known: those of the memory cost with its flash's wait
  /// states, times `boards_took`.
  std::optional<double> milliseconds{};
  /// Of one inference, if the data sheet also has the running core's consumption.
  std::optional<double> millijoules{};

  bool fits() const { return fits_ram && fits_flash; }
};

/// What boards took, over the estimate of cycles: 1.03 to 1.18 for the four models of MLPerf Tiny by CMSIS-NN on an
/// STM32L4R5 at 120 MHz (docs/device-cycles.md).
inline constexpr double boards_took = 1.1;

DeviceFit fit(const MemoryCost& memory, const Device& device);

/// "yes", "~no: RAM": the verdict in a word or two; ~ marks an estimate.
std::string verdict(const DeviceFit& fit);

/// Why the model does not fit: one line with the three largest tensors alive at the peak, or the three largest
/// constants; "" if it fits.
std::string why_not(const Plan& plan, const MemoryCost& memory, const Device& device);

}  // namespace mirim
