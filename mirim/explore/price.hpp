#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What a compressed model takes of a board.
struct Price {
  std::int64_t flash = 0;   ///< of the image as the compiler makes it today: constants, and an estimate of the code
  std::int64_t stored = 0;  ///< of the constants in their smallest encodings (docs/compression.md)
  std::int64_t ram = 0;     ///< the arena, and an estimate of the stack
  std::int64_t arena = 0;   ///< one array
  std::int64_t macs = 0;    ///< multiply-adds of one run

  bool operator==(const Price&) const = default;
};

/// A part of the price, as --budget names it.
struct Measure {
  std::string_view name;
  std::string_view unit;
  std::int64_t Price::*of;
};
inline constexpr std::array<Measure, 5> kMeasures = {{{"flash", "bytes", &Price::flash},
                                                      {"stored", "bytes", &Price::stored},
                                                      {"ram", "bytes", &Price::ram},
                                                      {"arena", "bytes", &Price::arena},
                                                      {"macs", "MACs", &Price::macs}}};

/// From the plan that the compiler makes for `target`, without building anything. Throws Error if it cannot compile the
/// graph.
Price price_of(const Graph& graph, const std::string& target);

}  // namespace mirim
