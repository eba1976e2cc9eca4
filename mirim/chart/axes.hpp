#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "mirim/chart/drawing.hpp"

namespace mirim::chart {

/// Days (since 1970) as x, with grid lines and years below the frame.
Axis draw_years(Drawing& drawing, const Box& frame, double first_day, double last_day);

/// Powers of a base (10 or 2) as y, or as x if `across`, with grid lines: from `least` to `most`, or farther if
/// fewer than two whole powers lie between. `say` writes base^exponent.
Axis draw_powers(Drawing& drawing, const Box& frame, int base, double least, double most, bool across,
                 const std::function<std::string(int exponent)>& say);

}  // namespace mirim::chart
