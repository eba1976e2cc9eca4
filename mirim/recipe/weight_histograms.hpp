#pragma once

#include <string>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// How the weights of each layer are spread, `models[].weights` of run.json: [{"name", "count", "zeros", "largest",
/// "counts"}]. `largest` is the largest magnitude; `counts` are of the weights that are not 0, in kHistogramBins bins
/// of equal width from -largest to largest. Where at most kHistogramBins different numbers are not 0, "values" lists
/// them and `counts` is of each. int8 weights count as the reals that they stand for.
std::string weight_histograms(const Graph& graph);

inline constexpr int kHistogramBins = 40;

}  // namespace mirim
