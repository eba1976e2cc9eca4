#pragma once

#include <string_view>

#include "mirim/chart/chart.hpp"
#include "mirim/machine/devices.hpp"

namespace mirim::chart {

/// The chart "growth", "ball" or "fits" of the project's own rows (data/growth), with their credits. Throws Error for
/// another name.
Chart own_chart(std::string_view name, const Device& board, Language language);

}  // namespace mirim::chart
