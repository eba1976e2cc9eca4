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

/// What a model is to answer for the samples of a data set, and the loss that measures it: found in one place, for
/// training and evaluation alike.
struct Task {
  enum class Kind {
    classes,  ///< which class: a number for each, the largest wins; or one number, for the second of two classes
    flags,    ///< yes or no for each of the data's targets, which are 1 or 0
    numbers,  ///< the data's targets
    sample,   ///< the sample itself (an autoencoder)
  };
  Kind kind = Kind::classes;
  Loss::Kind loss = Loss::Kind::softmax_cross_entropy;
  std::int64_t outputs = 0;          ///< numbers that the model gives for a sample
  float threshold = 0.5F;            ///< one number, or flags: yes above it
  std::vector<std::string> notes{};  ///< what was taken without being asked for, a line each
};

struct TaskOptions {
  std::optional<Loss::Kind> loss{};  ///< none: the one that suits the data and the model's last layer
  /// Stricter: float32 samples of one batch axis, as many outputs as classes. Else the data may lack classes.
  bool training = false;
};

/// Finds what `graph` (its output 0) is to answer for `data`:
///   classes     where the data has labels and the model a number for each class, or one number for two classes; also
///               where targets are one-hot rows, or whole numbers from 0 that the model has outputs for
///   flags       where targets are all 0 or 1 and the model ends with LOGISTIC
///   numbers     where the model has as many outputs as the data targets
///   the sample  where the model has as many outputs as inputs, no SOFTMAX, and more outputs than the data classes
/// Throws Error, with what to do, for data that do not fit, and for a loss that these data cannot have, with one that
/// they can.
Task find_task(const Graph& graph, const Dataset& data, const TaskOptions& options = {});

/// Throws Error unless the graph has one input and the samples can go into it: as many elements, in an order that
/// only joins or splits neighbouring axes (28x28 may go into 784, but 3x32x32 not into 32x32x3).
void require_samples_fit(const Graph& graph, const Dataset& data);

/// The class that targets of a task `classes` say: the place of the 1 in their row, or a number alone.
std::int32_t class_of(std::span<const float> targets);

/// The class of a sample of data whose task is `classes`: its label, or what its targets say.
std::int32_t class_of(const Dataset& data, std::int64_t sample);

/// The numbers that a model of classes should give: 1 for the class and 0 elsewhere; of one number whether it is
/// class 1.
void write_one_hot(std::int32_t label, std::span<float> to);

}  // namespace mirim
