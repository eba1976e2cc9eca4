#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// For a float graph whose input 0 is to be int8 at `raw`, real = s * (q - z): a normalisation directly behind it, by
/// one number each, changes no integer, only what it stands for. MUL by a > 0 makes the scale s * a; ADD of b then
/// moves the zero point to z - b / (s * a), rounded, so b is exact to half a step. These nodes go, ids of values
/// stay, and the input's new quantization is returned. As soon as a zero point would leave int8, or something else
/// reads what lies between, the rest stays.
Quantization absorb_normalization(Graph& graph, Quantization raw);

}  // namespace mirim
