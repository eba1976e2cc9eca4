#pragma once

#include <filesystem>
#include <string>

#include "mirim/compile/firmware.hpp"
#include "mirim/compile/image.hpp"

namespace mirim {

/// Maps each code address of the model's run function to its step, from the image's debug information. This is the map
/// for the counting plugin: lines "ADDRESS STEP" in rising order, -1 for none. Inlined kernels belong to the step that
/// calls them; others are not in the map. Empty if the target has no addr2line. Throws Error if that fails.
std::string step_map(const Image& image, const Firmware& firmware, const std::filesystem::path& folder);

}  // namespace mirim
