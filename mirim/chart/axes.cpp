#include "mirim/chart/axes.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "mirim/chart/records.hpp"

namespace mirim::chart {

Axis draw_years(Drawing& drawing, const Box& frame, double first_day, double last_day) {
  const double room = std::max(200.0, 0.03 * (last_day - first_day));
  const Axis x{first_day - room, last_day + 1.5 * room, frame.left, frame.right};
  const double years = (x.to - x.from) / 365.25, most = (frame.right - frame.left) / 58;
  int every = 1;
  for (const int step : {1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}) {
    every = step;
    if (years / step <= most) break;
  }
  const int first = static_cast<int>(std::ceil(year_of(x.from) / every)) * every;
  for (int year = first; year < 10000 && day_of_year(year) <= x.to; year += every) {
    if (day_of_year(year) < x.from) continue;
    const double at = x(day_of_year(year));
    drawing.line(at, frame.top, at, frame.bottom, "grid");
    // A year at the very end would be cut.
    if (at + 16 <= frame.right + 6) drawing.text(at, frame.bottom + 18, fmt::format("{}", year), "middle", "quiet");
  }
  return x;
}

Axis draw_powers(Drawing& drawing, const Box& frame, int base, double least, double most, bool across,
                 const std::function<std::string(int exponent)>& say) {
  const double unit = std::log10(base);
  double from = std::log10(least) / unit, to = std::log10(most) / unit;
  if (std::floor(to) - std::ceil(from) < 1)
    from = std::floor(from), to = std::floor(from) + std::max(1.0, std::ceil(to) - std::floor(from));
  const Axis axis{std::pow(base, from), std::pow(base, to), across ? frame.left : frame.bottom,
                  across ? frame.right : frame.top, true};
  const double each = std::abs(axis.last_pixel - axis.first_pixel) / (to - from), needed = across ? 64 : 26;
  int every = 1;
  // Steps at which units change: 1,000 is three tens, 1,024 ten twos.
  static constexpr std::array<int, 6> tens{1, 3, 6, 12, 24, 48}, twos{1, 2, 5, 10, 20, 40};
  for (const int step : base == 2 ? twos : tens) {
    every = step;
    if (each * step >= needed) break;
  }
  for (int exponent = static_cast<int>(std::ceil(from)); exponent <= to; ++exponent) {
    if (exponent % every != 0) continue;
    const double at = axis(std::pow(base, exponent));
    if (across) {
      drawing.line(at, frame.top, at, frame.bottom, "grid");
      drawing.text(at, frame.bottom + 18, say(exponent), "middle", "quiet");
    } else {
      drawing.line(frame.left, at, frame.right, at, "grid");
      drawing.text(frame.left - 8, at + 4, say(exponent), "end", "quiet");
    }
  }
  return axis;
}

}  // namespace mirim::chart
