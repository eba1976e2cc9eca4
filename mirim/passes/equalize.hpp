#pragma once

#include <cstdint>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Cross-layer equalisation (Nagel et al., 2019, section 4.1) of a float graph whose batch norm is folded. A pair is a
/// layer A and the layer B that alone reads its results. Channel c of A is divided by s[c], input channel c of B is
/// multiplied by it:
///   s[c] = sqrt(max |A's weights of c| / max |B's weights of c|)
/// Then both reach equally far. A RELU, a pooling or a RESHAPE between them lets a positive factor pass. Repeated over
/// all pairs until no factor differs from 1 by more than a hundredth, at most 50 times. The same function, but for
/// rounding. RELU6 and other activations end a chain, and so does a value with several readers (a residual). Channels
/// that are all 0 stay, and so do weights with shared numbers or a grid. Returns the number of pairs.
std::int64_t equalize(Graph& graph);

}  // namespace mirim
