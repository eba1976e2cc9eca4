#pragma once

#include <vector>

#include "mirim/graph/shape.hpp"

namespace mirim {

/// What of a sample the distance between two sets of samples is over: of an image larger than 7x7 the means of 7x7
/// blocks, by channel; of more than 256 other numbers the means of 256 parts, in their order; else all its numbers.
std::vector<float> coarse(const Shape& shape, const std::vector<float>& sample);

/// Frechet distance of the normal distributions with the means and covariances of two sets of rows of `size` numbers:
/// |m1 - m2|^2 + tr(C1 + C2 - 2 (C1 C2)^(1/2)) (Dowson and Landau, 1982). Each set has at least two rows.
double frechet_distance(const std::vector<float>& a, const std::vector<float>& b, std::size_t size);

}  // namespace mirim
