#pragma once

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Makes BATCH_NORM disappear: each becomes the MUL and ADD that it is at inference,
///   y = x * s + (beta - mean * s),  s = gamma / sqrt(variance + epsilon),
/// and then every MUL and ADD by a constant for each channel (or by one number) that follows a convolution, a depthwise
/// convolution or a fully connected layer goes into its weights and bias. One that follows something else stays.
/// Throws Error that names the node when the statistics are not constants or not finite.
void fold_batch_norm(Graph& graph);

/// Only the first half: BATCH_NORM as MUL and ADD, as a file has it.
void expand_batch_norm(Graph& graph);

/// Only the second half, for files that came with MUL and ADD.
void fold_affine(Graph& graph);

}  // namespace mirim
