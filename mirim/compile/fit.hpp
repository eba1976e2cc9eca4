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
  /// Of one inference, if its instructions were counted for the device's core and that core's `cycles_per_instruction`
  /// are known.
  std::optional<double> milliseconds{};
  /// Of one inference, if the data sheet also has the running core's consumption.
  std::optional<double> millijoules{};

  bool fits() const { return fits_ram && fits_flash; }
};

/// Cycles for each instruction of int8 kernels on a Cortex-M4, 1.50 to 1.77: MLPerf Tiny v0.5 to v1.0 results of
/// CMSIS-NN at 120 MHz (4.51, 3.74, 4.83, 3.91 cycles per MAC) over the emulated instructions of CMSIS-NN on the same
/// models (2.90, 2.39, 3.22, 2.21 per MAC).
inline constexpr double cycles_per_instruction = 1.57;

DeviceFit fit(const MemoryCost& memory, const Device& device);

/// "yes", "~no: RAM": the verdict in a word or two; ~ marks an estimate.
std::string verdict(const DeviceFit& fit);

/// Why the model does not fit: one line with the three largest tensors alive at the peak, or the three largest
/// constants; "" if it fits.
std::string why_not(const Plan& plan, const MemoryCost& memory, const Device& device);

}  // namespace mirim
