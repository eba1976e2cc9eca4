#include "mirim/exec/loss_function.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/ops/softmax.hpp"

namespace mirim {
namespace {

/// Sum over the elements of |y - target|, or Huber's, with the gradient times `scale`.
float absolute_error(const float* y, const float* target, float* d, std::int64_t count, float scale, bool huber) {
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    const float difference = y[i] - target[i];
    const float distance = std::fabs(difference);
    const bool inside = huber && distance <= 1;
    sum += static_cast<double>(inside ? 0.5F * difference * difference : distance - (huber ? 0.5F : 0));
    if (d) d[i] = scale * (inside ? difference : static_cast<float>((difference > 0) - (difference < 0)));
  }
  return static_cast<float>(sum);
}

/// Sum over the elements of t max(0, 0.9 - y)^2 + 0.5 (1 - t) max(0, y - 0.1)^2, with the gradient times `scale`.
float margin_error(const float* y, const float* target, float* d, std::int64_t count, float scale) {
  constexpr float kThere = 0.9F, kAbsent = 0.1F, kWeightOfAbsent = 0.5F;
  double sum = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (std::isnan(target[i])) {
      if (d) d[i] = 0;
      continue;
    }
    const float t = target[i], less = std::max(kThere - y[i], 0.0F), more = std::max(y[i] - kAbsent, 0.0F);
    const float of_absent = kWeightOfAbsent * (1 - t);
    sum += static_cast<double>(t * less * less + of_absent * more * more);
    if (d) d[i] = 2 * scale * (of_absent * more - t * less);
  }
  return static_cast<float>(sum);
}

}  // namespace

LossFunction::LossFunction(const Graph& graph, const Loss& loss, std::int64_t batch) : loss_(loss) {
  if (graph.outputs.empty() || graph.inputs.empty()) fail("training needs a graph with an input and an output");
  reads_ = graph.outputs[0];
  if (producers(graph)[static_cast<std::size_t>(reads_)] < 0) {
    fail("output '{}' is made by no node", graph[reads_].name);
  }
  const bool softmax = loss.kind == Loss::Kind::softmax_cross_entropy;
  if (softmax) read_logits_of(graph, "SOFTMAX");
  if (loss.kind == Loss::Kind::binary_cross_entropy) read_logits_of(graph, "LOGISTIC");
  elements_ = graph[reads_].type.shape.elements();
  per_sample_ = elements_ / batch;
  if (per_sample_ < 1 || elements_ % batch != 0) {
    fail("output '{}' is {}: nothing for each of {} samples", graph[reads_].name, to_string(graph[reads_].type.shape),
         batch);
  }
  if (ends_with_probabilities_ || softmax) probabilities_.resize(static_cast<std::size_t>(elements_));
  if (softmax) {
    check_cross_entropy(graph, batch);
    labels.resize(static_cast<std::size_t>(batch));
  } else {
    if (loss.label_smoothing != 0) fail("label smoothing is of cross_entropy, the loss is {}", name(loss.kind));
    const bool two_classes = loss.kind == Loss::Kind::binary_cross_entropy && per_sample_ == 1;
    if (!loss.class_weights.empty() && !two_classes) {
      fail("class weights are of cross_entropy, or of binary_cross_entropy with one output; the loss is {}, outputs {}",
           name(loss.kind), per_sample_);
    }
    if (two_classes) require_class_weights(2);
    targets.resize(static_cast<std::size_t>(elements_));
  }
}

void LossFunction::read_logits_of(const Graph& graph, std::string_view op) {
  const int last = last_computation(graph, reads_);
  if (last < 0) return;
  const Node& node = graph.nodes[static_cast<std::size_t>(last)];
  if (node.op.name() != op) return;
  if (const auto* softmax = node.op.as<Softmax>(); softmax && softmax->beta != 1) {
    fail("'{}' is a SOFTMAX with beta {}; only beta 1 can be trained by cross entropy", graph[node.outputs[0]].name,
         softmax->beta);
  }
  reads_ = node.inputs[0];
  ends_with_probabilities_ = true;
}

void LossFunction::check_cross_entropy(const Graph& graph, std::int64_t batch) {
  const Shape& shape = graph[reads_].type.shape;
  if (shape.rank() < 2 || shape.back() * batch != elements_) {
    fail("cross entropy needs an output [batch, classes], '{}' is {}", graph[reads_].name, to_string(shape));
  }
  const float smoothing = loss_.label_smoothing;
  if (!(smoothing >= 0 && smoothing < 1)) fail("label smoothing is {}, it must be in [0, 1)", smoothing);
  require_class_weights(per_sample_);
}

void LossFunction::require_class_weights(std::int64_t classes) {
  if (loss_.class_weights.empty()) loss_.class_weights.assign(static_cast<std::size_t>(classes), 1.0F);
  if (std::ssize(loss_.class_weights) != classes) {
    fail("{} class weights for {} classes", loss_.class_weights.size(), classes);
  }
}

float LossFunction::value(const float* y, std::int64_t count, float* gradient) {
  const std::int64_t elements = count * per_sample_;
  const std::int64_t asked = asked_of(elements);
  if (asked == 0) {
    if (gradient) std::fill_n(gradient, elements, 0.0F);
    return 0;
  }
  divisor_ = static_cast<float>(loss_.sum ? count : asked);
  const float divisor = divisor_;
  // The difference to a target that nobody asks for is none.
  const float* wanted = asked == elements ? targets.data() : with_answers(y, elements);
  switch (loss_.kind) {
    case Loss::Kind::softmax_cross_entropy:
      return cross_entropy(y, count, gradient);
    case Loss::Kind::binary_cross_entropy:
      return binary_cross_entropy(y, count, gradient);
    case Loss::Kind::mean_squared_error:
      return simd::squared_error(y, wanted, gradient, elements, 2 / divisor) / divisor;
    case Loss::Kind::margin:
      return margin_error(y, targets.data(), gradient, elements, 1 / divisor) / divisor;
    default:
      return absolute_error(y, wanted, gradient, elements, 1 / divisor, loss_.kind == Loss::Kind::huber) / divisor;
  }
}

/// How many of the first targets are numbers.
std::int64_t LossFunction::asked_of(std::int64_t elements) const {
  if (targets.empty()) return elements;
  const auto end = targets.begin() + elements;
  return elements - std::count_if(targets.begin(), end, [](float t) { return std::isnan(t); });
}

const float* LossFunction::with_answers(const float* y, std::int64_t elements) {
  filled_.resize(targets.size());
  for (std::int64_t i = 0; i < elements; ++i) {
    const auto at = static_cast<std::size_t>(i);
    filled_[at] = std::isnan(targets[at]) ? y[i] : targets[at];
  }
  return filled_.data();
}

/// d/dz of -sum_c t[c] log softmax(z)[c] is softmax(z) - t, since the t sum to 1.
float LossFunction::cross_entropy(const float* z, std::int64_t count, float* gradient) {
  simd::softmax(z, probabilities_.data(), count, per_sample_);
  const float smoothing = loss_.label_smoothing;
  const float off = smoothing / static_cast<float>(per_sample_);
  double sum = 0;
  for (std::int64_t n = 0; n < count; ++n) {
    const float* row = z + n * per_sample_;
    const float* p = probabilities_.data() + n * per_sample_;
    const std::int32_t label = labels[static_cast<std::size_t>(n)];
    assert(label >= 0 && label < per_sample_);
    const float weight = loss_.class_weights[static_cast<std::size_t>(label)];
    // log softmax(z)[c] = z[c] - log sum exp z = (z[c] - z[label]) + log p[label]: no logarithm of a tiny p but one.
    const float most = *std::max_element(row, row + per_sample_);
    const auto top = std::max_element(p, p + per_sample_) - p;
    const float log_sum = most - std::log(p[top]);
    float loss_of_row = (1 - smoothing) * (log_sum - row[label]);
    if (smoothing > 0) {
      for (std::int64_t c = 0; c < per_sample_; ++c) loss_of_row += off * (log_sum - row[c]);
    }
    sum += static_cast<double>(weight * loss_of_row);
    if (gradient) {
      float* d = gradient + n * per_sample_;
      const float scale = weight / static_cast<float>(count);
      for (std::int64_t c = 0; c < per_sample_; ++c) d[c] = scale * (p[c] - off);
      d[label] -= scale * (1 - smoothing);
    }
  }
  return static_cast<float>(sum / static_cast<double>(count));
}

/// -log p = max(-z, 0) + log(1 + exp(-|z|)) and -log(1 - p) = max(z, 0) + log(1 + exp(-|z|)), which no z overflows;
/// their derivatives are p - 1 and p.
float LossFunction::binary_cross_entropy(const float* z, std::int64_t count, float* gradient) {
  const std::int64_t elements = count * per_sample_;
  const float scale = 1 / divisor_;
  const bool weighs = !loss_.class_weights.empty();
  const float if_no = weighs ? loss_.class_weights[0] : 1, if_yes = weighs ? loss_.class_weights[1] : 1;
  double sum = 0;
  for (std::int64_t i = 0; i < elements; ++i) {
    const float yes = if_yes * targets[static_cast<std::size_t>(i)],
                no = if_no * (1 - targets[static_cast<std::size_t>(i)]);
    const float small = std::exp(-std::fabs(z[i]));
    const float both = std::log1p(small);
    const float p = z[i] >= 0 ? 1 / (1 + small) : small / (1 + small);
    if (std::isnan(yes)) {
      if (ends_with_probabilities_) probabilities_[static_cast<std::size_t>(i)] = p;
      if (gradient) gradient[i] = 0;
      continue;
    }
    sum += static_cast<double>(yes * (std::max(-z[i], 0.0F) + both) + no * (std::max(z[i], 0.0F) + both));
    if (ends_with_probabilities_) probabilities_[static_cast<std::size_t>(i)] = p;
    if (gradient) gradient[i] = scale * (no * p + yes * (p - 1));
  }
  return static_cast<float>(sum / static_cast<double>(divisor_));
}

std::span<const float> LossFunction::output(const float* y) const {
  return {ends_with_probabilities_ ? probabilities_.data() : y, static_cast<std::size_t>(elements_)};
}

}  // namespace mirim
