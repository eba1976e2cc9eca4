#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Folds a MUL or ADD by one number or one per channel into the weights and bias of the layer that is its only reader,
/// also across a flattening RESHAPE: the normalisation of the input. A MUL always folds: zeros around a padded image
/// stay zeros. An ADD folds only if no window reaches into padding, which would have to be -offset. Otherwise (x * a +
/// b) becomes (x + b / a) * a, so that at least the MUL folds. Float results differ by rounding only.
void fold_normalization(Graph& graph);

}  // namespace mirim
