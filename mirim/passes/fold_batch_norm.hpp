#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Removes BATCH_NORM: each becomes the MUL and ADD of inference,
///   y = x * s + (beta - mean * s),  s = gamma / sqrt(variance + epsilon),
/// and then every MUL and ADD by a constant per channel (or one number) after a convolution, a depthwise convolution or
/// a fully connected layer is folded into its weights and bias. Those after other operators stay. Throws Error that
/// names the node if the statistics are not constants or not finite.
void fold_batch_norm(Graph& graph);

/// Only the first half: BATCH_NORM as MUL and ADD, as in a file.
void expand_batch_norm(Graph& graph);

/// Only the second half, for files that already have MUL and ADD.
void fold_affine(Graph& graph);

}  // namespace mirim
