#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "mirim/base/neighbourhood.hpp"
#include "mirim/learn/rows.hpp"

namespace mirim {

/// A map of units on a grid, each with a vector of weights.
struct UnitMap {
  std::int64_t height = 0;
  std::int64_t width = 0;
  Rows weights{};  ///< height * width of them, row by row
};

/// The unit nearest to a sample, the first of equals.
std::int64_t nearest_unit(const UnitMap& map, std::span<const float> sample);

/// One step of learning: each unit moves towards the sample by rate * the neighbourhood of the nearest unit, of width
/// `sigma` in units (Kohonen, 1982).
void move_towards(UnitMap& map, std::span<const float> sample, Neighbourhood neighbourhood, double sigma, double rate);

/// Mean distance of a sample from the nearest unit.
double quantization_error(const UnitMap& map, const Rows& samples);

/// Part of the samples whose two nearest units are no neighbours, diagonal ones being neighbours.
double topographic_error(const UnitMap& map, const Rows& samples);

}  // namespace mirim
