#pragma once

#include <cstdint>
#include <vector>

#include "mirim/learn/rows.hpp"

namespace mirim {

/// Couplings [units, units] that keep patterns of -1 and 1: the sum over the patterns of x x^T, whole numbers, without
/// those of a unit to itself (Hebb, 1949; Hopfield, 1982).
Rows hebbian_couplings(const Rows& patterns);

/// Those for which every pattern is a fixed point, also where patterns resemble each other: the projection onto them
/// (Personnaz, Guyon and Dreyfus, 1985), without the diagonal, times `scale`. Throws Error if patterns depend on each
/// other linearly.
Rows projection_couplings(const Rows& patterns, double scale);

/// The overlap with a stored pattern that a large network keeps with `load` patterns a unit, by the mean field of Amit,
/// Gutfreund and Sompolinsky (1985): 0.999 at 0.05, 0.967 at 0.138; 0 above, where memory breaks down.
double hopfield_overlap(double load);

}  // namespace mirim
