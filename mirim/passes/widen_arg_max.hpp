#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Puts a CAST to int32 before each ARG_MAX and ARG_MIN of int16: LiteRT has none of int16. The steps are the same
/// numbers, so the largest is the same.
void widen_arg_max(Graph& graph);

}  // namespace mirim
