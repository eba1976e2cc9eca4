#pragma once

#include "mirim/compile/plan.hpp"

namespace mirim {

/// Lowers every node to its kernel and chooses the order of least peak memory, with results written over an input where
/// the kernel may and nobody needs that input any more, and RESHAPE as another name for its input. The search is exact
/// up to 20,000 sets of finished nodes (any chain, ResNet-like graphs); beyond that the better of the graph's own order
/// and a greedy one is taken. From here on the order is fixed: the buffers' lifetimes are known, their offsets and the
/// constants are not. Throws Error that names the node that has no device kernel.
Plan schedule(Graph graph);

}  // namespace mirim
