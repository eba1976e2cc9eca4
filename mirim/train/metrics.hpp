#pragma once

#include <cstdint>
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

  /// Part of the samples whose prediction is their label; 0 without samples.
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
/// equal scores counting half (Mann-Whitney). Throws Error unless there are both.
double roc_auc(std::span<const float> scores, std::span<const std::uint8_t> positive);

/// Mean of |a - b|. Throws Error when the sizes differ or are 0.
double mean_absolute_error(std::span<const float> a, std::span<const float> b);

}  // namespace mirim
