#pragma once

#include <string_view>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The name under which a model's metadata keeps the statistics of batch norm.
inline constexpr std::string_view kBatchNormMetadata = "mirim.batch_norm";

/// Makes a model in training runnable by any TFLite runtime: each BATCH_NORM becomes the MUL and ADD of inference. What
/// these do not contain (scale, shift, mean, variance, epsilon, momentum) goes into the metadata, under the name of the
/// result.
void save_batch_norm(Model& model);

/// Undoes it, bit for bit, so that training can continue: a MUL and an ADD of the metadata become BATCH_NORM again. A
/// pair that is missing, or whose constants no longer match its statistics, has been changed since and stays as it is.
/// The metadata entry is removed. Throws Error if that entry is damaged.
void restore_batch_norm(Model& model);

}  // namespace mirim
