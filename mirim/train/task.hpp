#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/exec/loss.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// What a model predicts for a data set, and its loss. Training and evaluation share it.
struct Task {
  enum class Kind {
    classes,  ///< the class: one output per class, the largest wins; or one output, for the second of two classes
    flags,    ///< yes or no for each of the data's targets, which are 1 or 0
    numbers,  ///< the data's targets
    sample,   ///< the sample itself (an autoencoder)
    made,     ///< a sample like the data's, from random inputs alone (a generator)
  };
  Kind kind = Kind::classes;
  Loss::Kind loss = Loss::Kind::softmax_cross_entropy;
  std::int64_t outputs = 0;          ///< outputs per sample
  bool parts = false;                ///< of sample: bytes are parts of 255, since the model ends with LOGISTIC
  float threshold = 0.5F;            ///< one output, or flags: yes above it
  std::vector<std::string> notes{};  ///< decisions that were not asked for, one line each
};

struct TaskOptions {
  std::optional<Loss::Kind> loss{};  ///< none: the model's own, or the default for the data and its last layer
  /// Stricter: float32 samples of one batch axis, as many outputs as classes. Otherwise the data may lack classes.
  bool training = false;
};

/// Chooses the task of `graph` (its output 0) on `data`:
///   classes     if the data has labels and the model one output per class, or one output for two classes; also if
///               targets are one-hot rows, or whole numbers from 0 for which the model has outputs
///   flags       if all targets are 0 or 1 and the model ends with LOGISTIC
///   numbers     if the model has as many outputs as the data has targets
///   a sample    like the data's, if all inputs of the model are random. It then has an output for each element of one
///   the sample  if the model has as many outputs as inputs, no SOFTMAX, and more outputs than the data has classes
/// A model that ends with LOGISTIC gives back samples of bytes as parts of 255.
/// Throws Error, with what to do, for data that do not fit, and for a loss that does not suit them, naming one that
/// does.
Task find_task(const Graph& graph, const Dataset& data, const TaskOptions& options = {});

/// Throws Error unless the graph has one input that is not random, its first, or none, and the samples fit it: equally
/// many elements, in an order that only joins or splits neighbouring axes (28x28 fits 784, but 3x32x32 does not fit
/// 32x32x3).
void require_samples_fit(const Graph& graph, const Dataset& data);

/// The class in the targets of a task `classes`: the position of the 1 in their row, or a single number.
std::int32_t class_of(std::span<const float> targets);

/// The class of a sample of data whose task is `classes`, from its label or its targets.
std::int32_t class_of(const Dataset& data, std::int64_t sample);

/// The target outputs of a classifier: 1 for the class and 0 elsewhere; for one output, whether it is class 1.
void write_one_hot(std::int32_t label, std::span<float> to);

}  // namespace mirim
