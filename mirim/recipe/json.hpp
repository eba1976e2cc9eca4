#pragma once

#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"
#include "mirim/recipe/quantization_check.hpp"
#include "mirim/train/compare.hpp"
#include "mirim/train/evaluate.hpp"
#include "mirim/train/fit.hpp"

// JSON text of the commands' --json and of run.json (docs/run-json.md). Bytes of file names and class names that are
// not UTF-8 are replaced. Numbers that were not measured are left out.
namespace mirim {

/// {"samples": ..., "loss": ..., "loss_name": ...} and, if the task has them, "accuracy", "roc_auc", "macro_f1",
/// "confusion", "classes", "per_class"; "root_mean_squared_error", "mean_absolute_error", "r_squared", "targets";
/// "error_per_sample", "threshold".
std::string to_json(const Evaluation& evaluation, const std::vector<std::string>& class_names);

/// [{"epoch": 1, "train_loss": ..., "train_accuracy": ..., "validation_loss": ..., ...}, ...]; "train_rmse" and
/// "validation_rmse" instead of the accuracies for regression and autoencoders.
std::string to_json(const std::vector<EpochRecord>& history, const Task& task, bool validated);

/// {"equal": ..., "first_different": ..., "first_departing": ..., "unmatched_in_a": ..., "unmatched_in_b": ...,
/// "largest_difference": {"layer", "value"}, "folded": [{"name", "op", "into"}], "layers": [{"name", "name_in_a", "op",
/// "largest_error", "mean_error", "equal", "departs", "limit": "bits" | "step" | "floats" | "ratio",
/// "signal_to_noise_db"}]}
std::string to_json(const Comparison& comparison);

/// {"samples": ..., "tensors": [{"name", "op", "signal_to_noise_db", "steps"}], "warnings": [{"name", "op", "column",
/// "cause", "signal_to_noise_db", "steps", "text"}]}
std::string to_json(const QuantizationCheck& check);

/// {"parameters": ..., "macs": ..., "layers": [{"name", "op", "output_shape", "parameters", "macs", "weight_bytes",
/// "activation_bytes"}, ...]}
std::string layers_json(const Graph& graph);

/// Object `base` with all members of object `more` added.
std::string merge_json(const std::string& base, const std::string& more);

}  // namespace mirim
