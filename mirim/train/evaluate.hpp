#pragma once

#include <cstdint>
#include <functional>
#include <optional>

#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/train/metrics.hpp"
#include "mirim/train/modes.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

/// How well a graph answers one of the data's targets.
struct TargetScore {
  std::string name{};  ///< of the data's column, else its number
  ErrorScore error{};
  std::optional<double> accuracy{};  ///< of flags
  std::optional<double> roc_auc{};   ///< of flags, where both yes and no occur
};

/// The errors of an autoencoder's samples, each the mean over its elements of (y - x)^2.
struct SampleErrors {
  double median = 0;
  double high = 0;  ///< 95 % are at or below it
  double largest = 0;
  std::string normal{};                  ///< the class taken as normal, if the data has labels
  std::optional<Threshold> threshold{};  ///< the error above which a sample is not of that class
};

/// One of the model's own losses beside its output's (exec/own_losses.hpp), over all samples.
struct OwnScore {
  std::string kind{};            ///< "kl_normal"
  std::vector<std::string> of;   ///< the values
  double value = 0;              ///< times its weight
  std::optional<double> mean{};  ///< of sparsity: the mean activation
};

/// How well an element of a code tells one of the numbers that the data give of a sample.
struct FactorScore {
  std::string name{};    ///< of the data's number
  double r_squared = 0;  ///< squared correlation of both; 0 where one of them is constant
};

/// A graph's results on some samples.
struct Evaluation {
  Task task{};
  std::int64_t samples = 0;
  double loss = 0;                             ///< the task's and the model's own, mean over the samples
  std::optional<ConfusionMatrix> confusion{};  ///< of classes
  /// Of class 1, if there are two and both occur. Of an autoencoder: how well its error tells the other classes from
  /// the normal one.
  std::optional<double> roc_auc{};
  std::optional<double> right_among_three{};  ///< of at least 10 classes: the label is among the three largest
  std::optional<double> accuracy{};           ///< of classes, and of flags over all targets
  std::optional<ErrorScore> error{};          ///< of numbers and of samples; r_squared is the mean of the targets'
  std::vector<TargetScore> targets{};         ///< of numbers and flags
  std::optional<SampleErrors> per_sample{};
  /// Of samples: 10 log10(p^2 / mean squared error), p the range of the right answers over all of them; in dB. None for
  /// answers without an error.
  std::optional<double> psnr{};
  std::vector<OwnScore> own{};
  /// Of made samples: frechet_distance of the coarse samples (train/frechet.hpp) to the data's, in units of the range
  /// of the data's numbers. Also in `loss`.
  std::optional<double> frechet{};
  /// Of made samples, where the data have classes, both coarse.
  std::optional<ModeScores> modes{};
  std::vector<FactorScore> factors{};  ///< of a model with a loss `factors`
  bool negative_elbo = false;          ///< whether `loss` is a variational autoencoder's -ELBO, in nats
};

struct EvaluateOptions {
  std::optional<Loss::Kind> loss{};  ///< none: the model's own, or the default for the data and its last layer
  int threads = 1;
  /// Keeps recurrent state between samples, in their order and on one thread, as it always does for a series; otherwise
  /// it is cleared before each.
  bool stream = false;
  /// Adds this noise (add_noise) to what the model is given, the same for each sample every time; an autoencoder is
  /// judged by the sample without it.
  double noise = 0;
  std::uint64_t seed = 1;  ///< of random inputs: sample i gets draw i
  /// Gets the number of finished samples from time to time, from any thread.
  std::function<void(std::int64_t done)> progress{};
  /// Called from time to time; true ends the evaluation with an Error.
  std::function<bool()> stop{};
  /// Gets each sample's outputs, from any thread, in any order (to keep or compare them).
  std::function<void(std::int64_t sample, Interpreter&)> look{};
};

/// Runs a float or integer graph of one input on every sample and evaluates output 0. Its last layer says whether it
/// gives probabilities (SOFTMAX, LOGISTIC) or logits. Throws Error as find_task does, and for a result that is not
/// finite.
Evaluation evaluate(const Graph& graph, const Subset& samples, const EvaluateOptions& options = {});

}  // namespace mirim
