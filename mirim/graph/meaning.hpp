#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "mirim/graph/graph.hpp"

/// What the numbers of a model's inputs and outputs mean to a user. It is kept among the extras of these values, since
/// no operator computes with it; a .tflite has it in its metadata (`mirim/formats/tflite_metadata.hpp`).
namespace mirim {

/// How a user's numbers become the reals of a tensor outside of the model, for element c of the last axis:
/// real = (raw - mean[c]) / deviation[c]. TFLite's NormalizationOptions. Empty: they are the same.
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

/// Among a graph's extras: training is to put a normalisation behind input 0 (in front of output 0) by mean and
/// deviation of its samples (targets).
inline constexpr std::string_view kNormalizeInput = "meaning.normalize_input";
inline constexpr std::string_view kNormalizeOutput = "meaning.normalize_output";

/// What the elements along the last axis are called: features, classes, targets; of one element also two names, those
/// of the classes 0 and 1. Empty: not known. TFLite's TENSOR_AXIS_LABELS.
std::vector<std::string> labels_of(const Value& value);
/// A line break in a name becomes a blank.
void set_labels(Value& value, const std::vector<std::string>& labels);

/// Labels and scaling go from one value to another.
void move_meaning(Value& from, Value& to);

}  // namespace mirim
