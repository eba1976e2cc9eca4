#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes one DYNAMIC_UPDATE_SLICE of the parts before position i, a new element, and the parts after it, put together:
///
///   CONCATENATION(SLICE(x, 0, [i, ...]), element, SLICE(x, [i + 1, 0, ...], the rest))
///
/// So TensorFlow's converter writes the results of a recurrent layer into its sequence. The sizes of the two slices are
/// known only at run time, that of the whole is not. Types need not be inferred yet.
void recognise_updates(Graph& graph);

}  // namespace mirim
