#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

/// What a model's inputs and outputs mean to a user. Kept among the extras of these values, since no operator computes
/// with it; a .tflite has it in its metadata (`mirim/formats/tflite_metadata.hpp`).
namespace mirim {

/// How raw numbers become the reals of a tensor, outside of the model, for element c of the last axis: real = (raw -
/// mean[c]) / deviation[c]. TFLite's NormalizationOptions. Empty: raw numbers are the reals.
struct Scaling {
  std::vector<float> mean{};
  std::vector<float> deviation{};  ///< as many as `mean`, each above 0

  bool empty() const { return mean.empty(); }
  /// Element `i` of a tensor, in memory order; not of an empty one.
  float to_real(std::size_t i, float raw) const {
    const std::size_t c = i % mean.size();
    return (raw - mean[c]) / deviation[c];
  }
  float to_raw(std::size_t i, float real) const {
    const std::size_t c = i % mean.size();
    return real * deviation[c] + mean[c];
  }

  bool operator==(const Scaling&) const = default;
};

Scaling scaling_of(const Value& value);
void set_scaling(Value& value, const Scaling& scaling);

/// Extra of a graph: training is to add a normalisation after input 0 (before output 0), with mean and deviation of its
/// samples (targets).
inline constexpr std::string_view kNormalizeInput = "meaning.normalize_input";
inline constexpr std::string_view kNormalizeOutput = "meaning.normalize_output";

/// Names of the elements along the last axis: features, classes, targets. One element may have two names, for classes 0
/// and 1. Empty: unknown. TFLite's TENSOR_AXIS_LABELS.
std::vector<std::string> labels_of(const Value& value);
/// A line break in a name becomes a blank.
void set_labels(Value& value, const std::vector<std::string>& labels);

/// Names of the numbers 0, 1, 2 ... that the elements are: of ARG_MAX, of the classes that a detector found. Empty:
/// unknown. TFLite's TENSOR_VALUE_LABELS.
std::vector<std::string> value_labels_of(const Value& value);
/// A line break in a name becomes a blank.
void set_value_labels(Value& value, const std::vector<std::string>& labels);

/// Moves labels and scaling from one value to another.
void move_meaning(Value& from, Value& to);

}  // namespace mirim
