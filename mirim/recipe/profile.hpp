#pragma once

#include <string>

#include "mirim/compile/firmware.hpp"
#include "mirim/compile/runner.hpp"
#include "mirim/machine/devices.hpp"

namespace mirim {

/// Throws Error unless the firmware's core is the device's, and one whose cycles are estimated.
void check_profiled(const Firmware& firmware, const Device& device);

/// Where an inference's instructions and cycles go, from figures measured by step: for each layer that calls a kernel,
/// and in total. Cycles are the board's if there is a device, else those of memory without wait states; there are none
/// for another core than the Cortex-M4. As a table, and as a JSON object `{"profile": {...}}`.
std::string profile_text(const Firmware& firmware, const BoardFigures& figures, const Device* device);
std::string profile_json(const Firmware& firmware, const BoardFigures& figures, const Device* device);

}  // namespace mirim
