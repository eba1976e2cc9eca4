#include "mirim/train/task.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <iterator>

#include "mirim/base/error.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/exec/own_losses.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/graph/random_input.hpp"

namespace mirim {
namespace {

using Kind = Task::Kind;

std::vector<std::int64_t> without_ones(const Shape& shape) {
  std::vector<std::int64_t> dimensions;
  std::copy_if(shape.begin(), shape.end(), std::back_inserter(dimensions), [](std::int64_t d) { return d != 1; });
  return dimensions;
}

/// Whether both list the same elements in the same order and only join or split neighbouring axes: every axis of one is
/// the product of neighbours of the other, or vice versa.
bool same_order(const Shape& a, const Shape& b) {
  const auto left = without_ones(a), right = without_ones(b);
  std::size_t i = 0, j = 0;
  while (i < left.size() && j < right.size()) {
    const bool joins_left = left[i] < right[j];
    const std::int64_t whole = joins_left ? right[j++] : left[i++];
    const auto& parts = joins_left ? left : right;
    std::size_t& at = joins_left ? i : j;
    std::int64_t product = 1;
    while (product < whole && at < parts.size()) product *= parts[at++];
    if (product != whole) return false;
  }
  return i == left.size() && j == right.size();
}

bool one_hot(const Dataset& data) {
  const auto size = static_cast<std::size_t>(data.target_size);
  if (size < 2) return false;
  for (std::size_t row = 0; row < data.targets.size(); row += size) {
    const auto first = data.targets.begin() + static_cast<std::ptrdiff_t>(row);
    const auto last = first + static_cast<std::ptrdiff_t>(size);
    if (std::count(first, last, 1.0F) != 1 || std::count(first, last, 0.0F) != data.target_size - 1) return false;
  }
  return true;
}

/// Whether all are, but for NaN.
bool all_within(const std::vector<float>& values, float least, float most, bool whole) {
  return std::ranges::all_of(
      values, [&](float v) { return std::isnan(v) || (v >= least && v <= most && (!whole || v == std::floor(v))); });
}

bool samples_within_0_and_1(const Dataset& data) {
  std::vector<float> values(static_cast<std::size_t>(data.sample.shape.elements()));
  for (std::int64_t i = 0; i < data.size(); ++i) {
    to_floats(data.sample, data[i], values);
    if (!all_within(values, 0, 1, false)) return false;
  }
  return true;
}

std::string counted(std::int64_t count, std::string_view thing) {
  return fmt::format("{} {}{}", count, thing, count == 1 ? "" : "s");
}

class Finder {
 public:
  Finder(const Graph& graph, const Dataset& data, const TaskOptions& options)
      : data_(data), options_(options), inputs_(data.sample.shape.elements()) {
    if (graph.outputs.empty()) fail("the model has no output");
    const Value& output = graph[graph.outputs[0]];
    task_.outputs = output.type.shape.elements();
    if (options.training && output.type.shape.rank() > 0 && graph[graph.inputs[0]].type.shape[0] > 1) {
      task_.outputs /= graph[graph.inputs[0]].type.shape[0];
    }
    makes_samples_ = data_inputs(graph).empty();
    const bool in_parts = options.training || !scaling_of(output).empty();
    const int last = last_computation(graph, graph.outputs[0]);
    if (last >= 0) last_ = graph.nodes[static_cast<std::size_t>(last)].op.name();
    takes_bytes_ = data.sample.dtype == DType::uint8 && in_parts && last_ == "LOGISTIC";
    if (graph.outputs.size() > 1) {
      task_.notes.push_back(fmt::format("the model has {} outputs; the first, '{}', is {}", graph.outputs.size(),
                                        output.name, options.training ? "trained" : "measured"));
    }
  }

  Task find() {
    if (task_.outputs < 1) fail("the model's output has no elements");
    if (makes_samples_) {
      task_.kind = Kind::made;
      task_.loss = Loss::Kind::mean_squared_error;
      return std::move(task_);
    }
    if (!data_.labels.empty()) {
      of_labels();
    } else if (!data_.targets.empty()) {
      of_targets();
    } else {
      of_sample();
    }
    // To binary cross entropy an output without a sigmoid is a logit: yes above 0.
    if (task_.loss == Loss::Kind::binary_cross_entropy && last_ != "LOGISTIC") task_.threshold = 0;
    return std::move(task_);
  }

 private:
  bool asked(Loss::Kind kind) const { return options_.loss == kind; }
  void note(std::string line) { task_.notes.push_back(std::move(line)); }

  void of_labels() {
    const auto classes = static_cast<std::int64_t>(data_.class_names.size());
    const std::int64_t outputs = task_.outputs;
    if (outputs > 1 && outputs == classes) return classify();
    if (outputs == 1 && (classes == 2 || (classes == 1 && !options_.training))) return classify();
    // More outputs than classes: an autoencoder, or a classifier whose data lack some. Fewer are a mistake.
    if (outputs == inputs_ && outputs > classes && last_ != "SOFTMAX") return of_sample();
    if (outputs > classes && outputs > 1 && !options_.training) return classify();
    if (classes < 2) fail("every sample has the label {}; there is nothing to tell apart", data_.class_names[0]);
    if (outputs == 1) {
      fail(
          "the model has 1 output, the data {} classes; give the model {} outputs, or the data float32 targets if its "
          "labels are numbers to predict",
          classes, classes);
    }
    fail("the model has {} outputs, the data {} classes; they must be as many", outputs, classes);
  }

  /// Kind::classes, with the given loss or the default for the last layer.
  void classify() {
    task_.kind = Kind::classes;
    if (task_.outputs == 1 && last_ == "SOFTMAX") {
      fail("the model ends with a SOFTMAX of one number, which is always 1; end with a sigmoid, or with 2 outputs");
    }
    const bool binary = task_.outputs == 1 || last_ == "LOGISTIC";
    task_.loss = options_.loss.value_or(binary ? Loss::Kind::binary_cross_entropy : Loss::Kind::softmax_cross_entropy);
    if (asked(Loss::Kind::softmax_cross_entropy) && binary) {
      fail(
          "loss cross_entropy needs an output for each class and no sigmoid behind it, the model has {}{}; use loss {}",
          counted(task_.outputs, "output"), last_ == "LOGISTIC" ? " by LOGISTIC" : "",
          name(Loss::Kind::binary_cross_entropy));
    }
    refuse_binary_after_softmax(Loss::Kind::softmax_cross_entropy);
    const bool made_targets = data_.target_size < 2 && task_.loss != Loss::Kind::softmax_cross_entropy &&
                              task_.loss != Loss::Kind::binary_cross_entropy;
    if (made_targets && options_.training) {
      note(task_.outputs == 1
               ? fmt::format("loss {} on classes: the output is to be 0 or 1; say the same --loss to eval",
                             name(task_.loss))
               : fmt::format("loss {} on classes: they become one-hot rows, 1 for the sample's class and 0 elsewhere",
                             name(task_.loss)));
    }
  }

  void refuse_binary_after_softmax(Loss::Kind instead) const {
    if (asked(Loss::Kind::binary_cross_entropy) && last_ == "SOFTMAX") {
      fail(
          "loss binary_cross_entropy needs a sigmoid or plain numbers at the end, the model ends with SOFTMAX; use "
          "loss {}",
          name(instead));
    }
  }

  void refuse_nan() const {
    if (data_.partly_asked) return;
    const auto nan = std::ranges::find_if(data_.targets, [](float v) { return std::isnan(v); });
    if (nan == data_.targets.end()) return;
    fail("sample {}: the right answer is NaN; look at the range of the data",
         (nan - data_.targets.begin()) / std::max<std::int64_t>(1, data_.target_size));
  }

  void of_targets() {
    refuse_nan();
    const std::int64_t outputs = task_.outputs, size = data_.target_size;
    const bool sigmoid = last_ == "LOGISTIC" || asked(Loss::Kind::binary_cross_entropy);
    if (size == 1 && outputs > 1 && !data_.partly_asked &&
        all_within(data_.targets, 0, static_cast<float>(outputs - 1), true)) {
      note(fmt::format("the targets are whole numbers and the model has {} outputs: they are taken as classes",
                       outputs));
      return classify();
    }
    if (outputs == inputs_ && outputs > size && last_ != "SOFTMAX") return of_sample();
    if (outputs != size)
      fail("the model has {}, the data {} a sample", counted(outputs, "output"), counted(size, "number"));
    if (one_hot(data_)) {
      note("the targets are one-hot rows: they are taken as classes");
      return classify();
    }
    const bool yes_or_no = all_within(data_.targets, 0, 1, true);
    if (sigmoid && yes_or_no &&
        options_.loss.value_or(Loss::Kind::binary_cross_entropy) == Loss::Kind::binary_cross_entropy) {
      if (outputs == 1 && !data_.partly_asked) return classify();
      refuse_binary_after_softmax(Loss::Kind::mean_squared_error);
      task_.kind = Kind::flags;
      task_.loss = Loss::Kind::binary_cross_entropy;
      return;
    }
    if (asked(Loss::Kind::softmax_cross_entropy)) {
      fail("loss cross_entropy needs classes, the data has {} a sample; use loss mean_squared_error",
           counted(size, "number"));
    }
    if (asked(Loss::Kind::binary_cross_entropy) && !all_within(data_.targets, 0, 1, false)) {
      fail("loss binary_cross_entropy needs targets from 0 to 1, the data has others; use loss mean_squared_error");
    }
    refuse_binary_after_softmax(Loss::Kind::mean_squared_error);
    task_.kind = Kind::numbers;
    task_.loss = options_.loss.value_or(Loss::Kind::mean_squared_error);
  }

  void of_sample() {
    const bool labelled = !data_.labels.empty();
    if (task_.outputs != inputs_ || last_ == "SOFTMAX") {
      fail(
          "the data has no labels, and the model's {} for {}{} cannot be the sample itself; name labels or targets "
          "(npy:X,Y)",
          counted(task_.outputs, "output"), counted(inputs_, "input"), last_ == "SOFTMAX" ? " by SOFTMAX" : "");
    }
    if (asked(Loss::Kind::softmax_cross_entropy)) {
      fail("loss cross_entropy needs classes, {}; use loss mean_squared_error for a model that gives back its input",
           labelled ? fmt::format("and the model's {} are not the data's {}", counted(task_.outputs, "output"),
                                  counted(static_cast<std::int64_t>(data_.class_names.size()), "label"))
                    : "the data has no labels");
    }
    refuse_binary_after_softmax(Loss::Kind::mean_squared_error);
    if (asked(Loss::Kind::binary_cross_entropy) && !takes_bytes_ && !samples_within_0_and_1(data_)) {
      fail("loss binary_cross_entropy needs samples from 0 to 1, the data has others; use loss mean_squared_error");
    }
    task_.kind = Kind::sample;
    task_.parts = takes_bytes_;
    task_.loss = options_.loss.value_or(Loss::Kind::mean_squared_error);
    if (options_.training) {
      note(labelled || !data_.targets.empty()
               ? fmt::format("the model has as many outputs as inputs: it learns the samples themselves, not their {}",
                             labelled ? "labels" : "targets")
               : "the data has no labels: the model learns the samples themselves");
    }
  }

  const Dataset& data_;
  const TaskOptions& options_;
  std::int64_t inputs_;  ///< elements of a sample
  std::string_view last_{};
  bool makes_samples_ = false;
  bool takes_bytes_ = false;  ///< whether the answers are bytes as parts of 255
  Task task_;
};

/// The shape of what one sample fills: all axes, or in training those after the batch.
Shape shape_for_a_sample(const TensorType& input, bool training) {
  if (!training) return input.shape;
  if (input.dtype != DType::float32) {
    fail("the model's input is {}; only float32 models can be trained (quantize afterwards)", name(input.dtype));
  }
  if (input.shape.rank() < 2) {
    fail("the model's input is {}; training needs an axis for the batch in front of a sample's",
         to_string(input.shape));
  }
  return Shape({input.shape.begin() + 1, input.shape.end()});
}

void require_fit(const Graph& graph, const Dataset& data, bool training) {
  const std::size_t fed = data_inputs(graph).size();
  if (fed == 0 && !graph.inputs.empty() && !training) {
    const std::int64_t made = graph.outputs.empty() ? 0 : graph[graph.outputs[0]].type.shape.elements();
    if (made == data.sample.shape.elements()) return;
    fail("the model makes {} numbers from random inputs, a sample has {}", made, data.sample.shape.elements());
  }
  if (fed != 1) fail("the model has {} inputs, a data set feeds 1", fed);
  if (distribution_of(graph[graph.inputs[0]])) fail("the model's first input is random; data feed the first one");
  const TensorType& input = graph[graph.inputs[0]].type;
  const TensorType& sample = data.sample;
  const Shape shape = shape_for_a_sample(input, training);
  const bool as_many = shape.elements() == sample.shape.elements();
  if (as_many && same_order(shape, sample.shape)) return;
  fail("a sample is {}[{}], the model's input {}[{}]{}", name(sample.dtype), to_string(sample.shape), name(input.dtype),
       to_string(input.shape), as_many ? ": its axes are in another order, transpose the data" : "");
}

}  // namespace

Task find_task(const Graph& graph, const Dataset& data, const TaskOptions& options) {
  require_fit(graph, data, options.training);
  TaskOptions known = options;
  if (!known.loss) known.loss = resolve_own_losses(graph).loss;
  return Finder(graph, data, known).find();
}

void require_samples_fit(const Graph& graph, const Dataset& data) { require_fit(graph, data, false); }

std::int32_t class_of(std::span<const float> targets) {
  if (targets.size() == 1) return static_cast<std::int32_t>(targets[0]);
  return static_cast<std::int32_t>(std::max_element(targets.begin(), targets.end()) - targets.begin());
}

std::int32_t class_of(const Dataset& data, std::int64_t sample) {
  if (!data.labels.empty()) return data.labels[static_cast<std::size_t>(sample)];
  const auto size = static_cast<std::size_t>(data.target_size);
  return class_of(std::span(data.targets).subspan(static_cast<std::size_t>(sample) * size, size));
}

void write_one_hot(std::int32_t label, std::span<float> to) {
  if (to.size() == 1) {
    to[0] = label == 1 ? 1.0F : 0.0F;
    return;
  }
  std::ranges::fill(to, 0.0F);
  to[static_cast<std::size_t>(label)] = 1;
}

}  // namespace mirim
