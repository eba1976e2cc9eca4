#pragma once

#include <cstddef>
#include <vector>

namespace mirim {

/// The indices of the points that no other point dominates, ascending. All coordinates are better when lower; a point
/// dominates another if it is nowhere higher and somewhere lower. Of equal points only the first is kept.
std::vector<std::size_t> pareto_front(const std::vector<std::vector<double>>& points);

}  // namespace mirim
