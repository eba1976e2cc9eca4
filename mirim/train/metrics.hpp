#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace mirim {

/// Counts of a classifier: at(label, prediction).
class ConfusionMatrix {
 public:
  explicit ConfusionMatrix(int classes);

  /// Throws Error when label or prediction is no class.
  void add(int label, int prediction);
  int classes() const { return classes_; }
  std::int64_t at(int label, int prediction) const;
  std::int64_t samples() const;

  /// Part of the samples that are predicted correctly; 0 without samples.
  double accuracy() const;
  /// Of those predicted as c, the part that is c; 0 when none was predicted.
  double precision(int c) const;
  /// Of those that are c, the part predicted as c; 0 when there are none.
  double recall(int c) const;
  /// Harmonic mean of precision and recall; 0 when both are.
  double f1(int c) const;
  /// Mean of f1 over the classes.
  double macro_f1() const;

 private:
  int classes_;
  std::vector<std::int64_t> counts_;
};

/// Index of the largest; the first of equals.
int argmax(std::span<const float> values);

/// Area under the curve of true against false positives: the chance that a positive has a higher score than a negative,
/// equal scores counting half (Mann-Whitney). Throws Error unless there are both, and for a score that is NaN.
double roc_auc(std::span<const float> scores, std::span<const std::uint8_t> positive);

/// A score above which a sample is classified as positive, and its consequences.
struct Threshold {
  double score = 0;
  double found = 0;         ///< part of the positives above it
  double false_alarms = 0;  ///< part of the negatives above it
};

/// The threshold with the largest found - false_alarms (Youden, 1950), half way between two scores. Throws Error unless
/// there are positives and negatives.
Threshold best_threshold(std::span<const float> scores, std::span<const std::uint8_t> positive);

/// The errors of predictions.
struct ErrorScore {
  double root_mean_squared_error = 0;
  double mean_absolute_error = 0;
  /// 1 - sum (y - t)^2 / sum (t - mean t)^2: 1 is perfect, 0 no better than the mean; none where all t are equal.
  std::optional<double> r_squared{};
  /// Of samples of float32 answered by themselves: the mean of the Euclidean distances of sample and answer, each
  /// element in its standard deviations over the samples (one that never changes: as it is). A map's quantization
  /// error.
  std::optional<double> mean_distance{};
};

/// Of predictions y and targets t. Throws Error when the sizes differ or are 0.
ErrorScore error_score(std::span<const float> y, std::span<const float> t);

}  // namespace mirim
