#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/language.hpp"
#include "mirim/chart/chart.hpp"
#include "mirim/machine/devices.hpp"

namespace mirim::chart {

/// A network and the memory that it asks of a board.
struct Network {
  std::string name;
  std::int64_t day = 0;  ///< since 1970-01-01
  double weights = 0;    ///< bytes, int8
  double arena = 0;      ///< bytes: the smallest working memory
  bool computed = true;  ///< from its shapes; false: as its authors measured it
  std::string label{};   ///< its name on the chart; "" if it has none there
  std::string source{};
  bool yours = false;  ///< one of the user's
};

/// Rows of model, date, weights, weights_unit, arena, arena_unit, source and, if they are there, arena_status (computed
/// or published) and label: by date. Throws Error with the line.
std::vector<Network> read_networks(std::string_view csv);

/// By year, weights against the board's flash and arenas against its RAM. `networks` is not empty.
Chart fits_chart(std::vector<Network> networks, const Device& board, Language language);

}  // namespace mirim::chart
