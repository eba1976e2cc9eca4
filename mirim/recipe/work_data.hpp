#pragma once

#include "mirim/graph/graph.hpp"
#include "mirim/recipe/verb.hpp"

namespace mirim {

/// The work's data in the form of its model (`matched`). Throws Error that names the model's file where they do not
/// fit.
Splits matched(const Graph& graph, const VerbWork& work);

}  // namespace mirim
