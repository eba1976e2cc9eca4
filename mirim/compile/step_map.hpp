#pragma once

#include <filesystem>
#include <string>

#include "mirim/compile/firmware.hpp"
#include "mirim/compile/image.hpp"

namespace mirim {

/// Which step of the model's run function each address of its code belongs to, found by the image's debug information:
/// the map that the counting plugin reads, lines "ADDRESS STEP" in rising order, -1 for none. Kernels that were inlined
/// belong to the step that calls them; those that were not stand outside the map. Empty where the target has no
/// addr2line. Throws Error when that fails.
std::string step_map(const Image& image, const Firmware& firmware, const std::filesystem::path& folder);

}  // namespace mirim
