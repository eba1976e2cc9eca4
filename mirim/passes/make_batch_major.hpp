#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Recurrent layers over [steps, batches, ...] whose input and output are swapped to that form and back, as loops need
/// it, work on [batches, steps, ...] themselves. A last output loses what makes a sequence of one step of it and takes
/// the step out again. So such layers also run on a batch.
void make_batch_major(Graph& graph);

}  // namespace mirim
