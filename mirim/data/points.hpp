#pragma once

#include <string_view>

#include "mirim/data/source.hpp"

namespace mirim {

/// points:SHAPE[?key=value&...]: classes of points in the plane, made from a seed, float32 [2], both coordinates
/// within [-1.5, 1.5] but for the noise. Classes alternate.
///
///   clouds   two round clouds around (-0.5, -0.5) and (0.5, 0.5): one straight line tells them apart
///   xor      four such clouds at the corners of a square, opposite ones of the same class: no line does
///   spirals  two arms that wind around each other from radius 0 to 1, after Lang and Witbrock (1988)
///   ring     eight round clouds evenly around a circle of radius 1, a class each: a distribution for generators
///
/// Keys: samples (4 to 100,000; 1,000), noise (the standard deviation added to each coordinate, 0 to 1; 0.15, of
/// spirals 0.02, of ring 0.05), turns (of a spiral, 0.25 to 5; 1.5), seed (1). Throws Error for another shape, key or
/// value.
Source load_points(std::string_view spec);

}  // namespace mirim
