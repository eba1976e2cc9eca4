#pragma once

#include <string_view>

#include "mirim/compile/devices.hpp"
#include "mirim/compile/plan.hpp"

namespace mirim {

/// Throws Error when the arena exceeds the device's RAM, and names the three largest tensors alive at the peak; or when
/// the constants alone exceed its flash, and names the three largest constants.
void check_fits(const Plan& plan, std::string_view device);

}  // namespace mirim
