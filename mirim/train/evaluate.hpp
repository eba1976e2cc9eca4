#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/train/metrics.hpp"

namespace mirim {

/// How well a graph does on some samples.
struct Evaluation {
  std::int64_t samples = 0;
  /// Mean over the samples: cross entropy in nats where the data has classes, else the mean squared error against its
  /// targets, or against the samples themselves where it has none (an autoencoder).
  double loss = 0;
  std::optional<ConfusionMatrix> confusion{};   ///< where the data has classes
  std::optional<double> roc_auc{};              ///< of class 1, where there are two and both occur
  std::optional<double> mean_absolute_error{};  ///< where the data has no classes
};

struct EvaluateOptions {
  int threads = 1;
  /// Keeps recurrent state from sample to sample, in their order and on one thread; else it is cleared before each.
  bool stream = false;
  /// Told how many samples are done, now and then, from any thread.
  std::function<void(std::int64_t done)> progress{};
  /// Asked now and then; true ends the evaluation with an Error.
  std::function<bool()> stop{};
  /// Sees each sample's outputs, from any thread, in no order (to keep or compare them).
  std::function<void(std::int64_t sample, const Interpreter&)> look{};
};

/// Runs a float or integer graph of one input on every sample. A graph whose last operator is SOFTMAX gives
/// probabilities, any other logits. Throws Error when a sample does not fit the input, or the output the number of
/// classes.
Evaluation evaluate(const Graph& graph, const Subset& samples, const EvaluateOptions& options = {});

/// Writes a sample into an input of the graph. Of equal types the elements as they are; else: into float32 as numbers;
/// uint8 into int8 as x - 128, which is how firmware hands over raw bytes; integers into int32 and int64 as they are;
/// else into integers by the input's scale and zero point. Shapes may differ where the elements are as many. Throws
/// Error otherwise.
void set_sample(Interpreter& interpreter, int input, const TensorType& type, BytesView sample);

/// The elements of a tensor as the reals they stand for. Throws Error for types other than float32, bool and integers
/// of up to 64 bits (uint64 excepted), and for a scale for each channel.
std::vector<float> reals(const ConstTensorView& tensor);

}  // namespace mirim
