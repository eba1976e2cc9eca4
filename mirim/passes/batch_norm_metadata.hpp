#pragma once

#include <string_view>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The name under which a model's metadata keeps the statistics of batch norm.
inline constexpr std::string_view kBatchNormMetadata = "mirim.batch_norm";

/// Makes a model in training one that any TFLite runtime runs: each BATCH_NORM of its graphs becomes the MUL and ADD
/// that it is at inference, and what these do not tell (scale, shift, mean, variance, epsilon, momentum) goes into the
/// metadata, under the name of the result.
void save_batch_norm(Model& model);

/// Undoes it, bit for bit, so that training can go on: a MUL and an ADD of the metadata become BATCH_NORM again. A pair
/// that is gone, or whose constants are no longer those its statistics give, was changed by somebody in between and
/// stays as it is. The metadata entry goes. Throws Error when that entry is damaged.
void restore_batch_norm(Model& model);

}  // namespace mirim
