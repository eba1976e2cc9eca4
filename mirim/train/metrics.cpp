#include "mirim/train/metrics.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

/// Indices of the scores in ascending order.
std::vector<std::size_t> ascending(std::span<const float> scores, std::span<const std::uint8_t> positive) {
  if (scores.size() != positive.size()) fail("{} scores for {} samples", scores.size(), positive.size());
  if (std::ranges::any_of(scores, [](float score) { return std::isnan(score); })) fail("a score is not a number");
  std::vector<std::size_t> order(scores.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  std::ranges::sort(order, {}, [&](std::size_t i) { return scores[i]; });
  return order;
}

}  // namespace

ConfusionMatrix::ConfusionMatrix(int classes)
    : classes_(classes), counts_(static_cast<std::size_t>(classes) * static_cast<std::size_t>(classes), 0) {}

void ConfusionMatrix::add(int label, int prediction) {
  if (label < 0 || label >= classes_) fail("label {} is out of range, there are {} classes", label, classes_);
  if (prediction < 0 || prediction >= classes_) fail("prediction {} of {} classes", prediction, classes_);
  ++counts_[static_cast<std::size_t>(label * classes_ + prediction)];
}

std::int64_t ConfusionMatrix::at(int label, int prediction) const {
  return counts_[static_cast<std::size_t>(label * classes_ + prediction)];
}

std::int64_t ConfusionMatrix::samples() const {
  return std::accumulate(counts_.begin(), counts_.end(), std::int64_t{0});
}

double ConfusionMatrix::accuracy() const {
  std::int64_t right = 0;
  for (int c = 0; c < classes_; ++c) right += at(c, c);
  return ratio(right, samples());
}

double ConfusionMatrix::precision(int c) const {
  std::int64_t predicted = 0;
  for (int label = 0; label < classes_; ++label) predicted += at(label, c);
  return ratio(at(c, c), predicted);
}

double ConfusionMatrix::recall(int c) const {
  std::int64_t labelled = 0;
  for (int prediction = 0; prediction < classes_; ++prediction) labelled += at(c, prediction);
  return ratio(at(c, c), labelled);
}

double ConfusionMatrix::f1(int c) const {
  const double p = precision(c);
  const double r = recall(c);
  return p + r == 0 ? 0 : 2 * p * r / (p + r);
}

double ConfusionMatrix::macro_f1() const {
  double sum = 0;
  for (int c = 0; c < classes_; ++c) sum += f1(c);
  return sum / classes_;
}

int argmax(std::span<const float> values) {
  return static_cast<int>(std::max_element(values.begin(), values.end()) - values.begin());
}

double roc_auc(std::span<const float> scores, std::span<const std::uint8_t> positive) {
  const std::vector<std::size_t> order = ascending(scores, positive);
  // Sum of the ranks of the positives; equal scores share the mean of their ranks.
  double ranks = 0;
  std::int64_t positives = 0;
  for (std::size_t first = 0; first < order.size();) {
    std::size_t end = first;
    while (end < order.size() && scores[order[end]] == scores[order[first]]) ++end;
    const double rank = static_cast<double>(first + end + 1) / 2;
    for (std::size_t i = first; i < end; ++i) {
      if (positive[order[i]] == 0) continue;
      ranks += rank;
      ++positives;
    }
    first = end;
  }
  const auto negatives = static_cast<std::int64_t>(scores.size()) - positives;
  if (positives == 0 || negatives == 0)
    fail("the ROC curve needs samples of both kinds, all {} are one", scores.size());
  const auto p = static_cast<double>(positives);
  return (ranks - p * (p + 1) / 2) / (p * static_cast<double>(negatives));
}

Threshold best_threshold(std::span<const float> scores, std::span<const std::uint8_t> positive) {
  const std::vector<std::size_t> order = ascending(scores, positive);
  const auto positives = std::count_if(positive.begin(), positive.end(), [](std::uint8_t p) { return p != 0; });
  const auto negatives = std::ssize(positive) - positives;
  if (positives == 0 || negatives == 0) fail("a threshold needs samples of both kinds, all {} are one", scores.size());
  Threshold best{.score = -std::numeric_limits<double>::infinity(), .found = 1, .false_alarms = 1};
  std::ptrdiff_t missed = 0, passed = 0;  // positives and negatives at or below the threshold
  for (std::size_t i = 0; i < order.size(); ++i) {
    (positive[order[i]] != 0 ? missed : passed) += 1;
    if (i + 1 < order.size() && scores[order[i + 1]] == scores[order[i]]) continue;
    const double found = 1 - ratio(missed, positives), false_alarms = 1 - ratio(passed, negatives);
    if (found - false_alarms <= best.found - best.false_alarms) continue;
    const auto here = static_cast<double>(scores[order[i]]);
    const double next = i + 1 < order.size() ? static_cast<double>(scores[order[i + 1]]) : here;
    best = {.score = (here + next) / 2, .found = found, .false_alarms = false_alarms};
  }
  return best;
}

ErrorScore error_score(std::span<const float> y, std::span<const float> t) {
  if (y.size() != t.size() || y.empty()) fail("{} answers for {} targets", y.size(), t.size());
  const auto count = static_cast<double>(y.size());
  double mean = 0;
  for (const float target : t) mean += static_cast<double>(target) / count;
  double squares = 0, absolute = 0, around_mean = 0;
  for (std::size_t i = 0; i < y.size(); ++i) {
    const double difference = static_cast<double>(y[i]) - static_cast<double>(t[i]);
    squares += difference * difference;
    absolute += std::abs(difference);
    around_mean += (static_cast<double>(t[i]) - mean) * (static_cast<double>(t[i]) - mean);
  }
  ErrorScore score{.root_mean_squared_error = std::sqrt(squares / count), .mean_absolute_error = absolute / count};
  const bool all_equal = std::ranges::all_of(t, [&](float target) { return target == t[0]; });
  if (!all_equal) score.r_squared = 1 - squares / around_mean;
  return score;
}

}  // namespace mirim
