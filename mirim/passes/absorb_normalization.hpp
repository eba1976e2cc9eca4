#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// For a float graph whose input 0 is to be int8 at `raw`, real = s * (q - z). A normalisation directly after it, by
/// single numbers, changes no integer, only their meaning. MUL by a > 0 makes the scale s * a; ADD of b then moves the
/// zero point to z - b / (s * a), rounded, so b is exact to half a step. Removes these nodes, keeps the ids of values,
/// and returns the input's new quantization. Stops where a zero point would leave int8, or where another node reads an
/// intermediate value.
Quantization absorb_normalization(Graph& graph, Quantization raw);

}  // namespace mirim
