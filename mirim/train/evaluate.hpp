#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/train/metrics.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

/// How well a graph answers one of the data's targets.
struct TargetScore {
  std::string name{};  ///< of the data's column, else its number
  ErrorScore error{};
  std::optional<double> accuracy{};  ///< of flags
  std::optional<double> roc_auc{};   ///< of flags, where both yes and no occur
};

/// The errors of the samples, each the mean over its elements of (y - x)^2, where a graph is to give back its input.
struct SampleErrors {
  double median = 0;
  double high = 0;  ///< 95 % are at or below it
  double largest = 0;
  std::string normal{};                  ///< the class held to be normal, where the data has labels
  std::optional<Threshold> threshold{};  ///< above which an error tells that class from the others
};

/// How well a graph does on some samples.
struct Evaluation {
  Task task{};
  std::int64_t samples = 0;
  double loss = 0;                             ///< the task's, mean over the samples
  std::optional<ConfusionMatrix> confusion{};  ///< of classes
  /// Of class 1, where there are two and both occur; of a graph that gives back its input: how well its error tells the
  /// other classes from the normal one.
  std::optional<double> roc_auc{};
  std::optional<double> accuracy{};    ///< of classes, and of flags over all targets
  std::optional<ErrorScore> error{};   ///< of numbers and of samples; r_squared is the mean of the targets'
  std::vector<TargetScore> targets{};  ///< of numbers and flags
  std::optional<SampleErrors> per_sample{};
};

struct EvaluateOptions {
  std::optional<Loss::Kind> loss{};  ///< none: the one that suits the data and the model's last layer
  int threads = 1;
  /// Keeps recurrent state from sample to sample, in their order and on one thread; else it is cleared before each.
  bool stream = false;
  /// Told how many samples are done, now and then, from any thread.
  std::function<void(std::int64_t done)> progress{};
  /// Asked now and then; true ends the evaluation with an Error.
  std::function<bool()> stop{};
  /// Sees each sample's outputs, from any thread, in no order (to keep or compare them).
  std::function<void(std::int64_t sample, Interpreter&)> look{};
};

/// Runs a float or integer graph of one input on every sample; output 0 answers. Its last layer tells whether it gives
/// probabilities (SOFTMAX, LOGISTIC) or logits. Throws Error as find_task does, and for an answer that is not finite.
Evaluation evaluate(const Graph& graph, const Subset& samples, const EvaluateOptions& options = {});

/// Writes a sample into an input of the graph. Of equal types the elements as they are; else: into float32 as numbers;
/// uint8 into int8 as x - 128, which is how firmware hands over raw bytes; integers into int32 and int64 as they are;
/// else into integers by the input's scale and zero point. Numbers that go into float32, and floats that go into
/// integers, are scaled before where the input has a scaling. Shapes may differ where the elements are as many. Throws
/// Error otherwise, and for NaN into integers.
void set_sample(Interpreter& interpreter, int input, const TensorType& type, BytesView sample);

/// The elements of a tensor as the reals they stand for. Throws Error for types other than float32, bool and integers
/// of up to 64 bits (uint64 excepted), and for a scale for each channel.
std::vector<float> reals(const ConstTensorView& tensor);

/// The same of an input or output as the user's numbers: its scaling is undone.
std::vector<float> raw_numbers(const ConstTensorView& tensor, const Scaling& scaling);

}  // namespace mirim
