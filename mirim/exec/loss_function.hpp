#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mirim/exec/loss.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// The loss of a training plan: what it reads of the graph, the targets of a batch, its value and its gradient.
/// Allocates nothing after the first batch.
class LossFunction {
 public:
  /// For a graph of `batch` samples. Class weights are of softmax cross entropy, one for each class, or of binary cross
  /// entropy with one output, w: then the loss is -(w[1] t log p + w[0] (1 - t) log(1 - p)). Throws Error if the loss
  /// does not suit the graph's output 0, and says why.
  LossFunction(const Graph& graph, const Loss& loss, std::int64_t batch);

  /// The value that `value` reads: the logits before a final SOFTMAX or LOGISTIC, else output 0.
  ValueId reads() const { return reads_; }

  std::vector<std::int32_t> labels{};  ///< [batch], of softmax cross entropy; each in [0, classes) (assert)
  std::vector<float> targets{};        ///< [batch, ...], of the others; NaN where nothing is asked

  /// Mean loss of the first `count` samples of y, where means over elements are over those that are asked; with
  /// `gradient`, dL/dy as well (count is then the batch).
  float value(const float* y, std::int64_t count, float* gradient);

  /// Output 0 if `y` is what the last call of `value` read: the probabilities if the graph turns logits into some.
  std::span<const float> output(const float* y) const;

 private:
  std::int64_t asked_of(std::int64_t elements) const;
  /// The targets, with y in place of those that are not asked.
  const float* with_answers(const float* y, std::int64_t elements);
  void read_logits_of(const Graph& graph, std::string_view op);
  void require_class_weights(std::int64_t classes);
  void check_cross_entropy(const Graph& graph, std::int64_t batch);
  float cross_entropy(const float* z, std::int64_t count, float* gradient);
  float binary_cross_entropy(const float* z, std::int64_t count, float* gradient);

  Loss loss_;
  ValueId reads_ = kNoValue;
  std::int64_t elements_ = 0;  ///< of what is read, all samples
  std::int64_t per_sample_ = 0;
  bool ends_with_probabilities_ = false;
  std::vector<float> probabilities_{};
  std::vector<float> filled_{};  ///< the targets of a batch of which some are not asked
  float divisor_ = 1;            ///< of sums over the elements
};

}  // namespace mirim
