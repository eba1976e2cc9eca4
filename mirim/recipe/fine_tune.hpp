#pragma once

#include <optional>
#include <string>

#include "mirim/recipe/train_job.hpp"
#include "mirim/recipe/verb.hpp"
#include "mirim/train/evaluate.hpp"

/// What the verbs that change a float model share: they train it for a while, and tell what it cost.
namespace mirim {

/// The float model that the work is on, made ready to be trained (read_for_training); a form that was dropped is told.
Graph read_model_of(const VerbWork& work, std::uint64_t seed = 1);

/// The same with the rules by which it learns (read_pupil).
Pupil read_pupil_of(const VerbWork& work, std::uint64_t seed);

/// Settings of a training that only mends: few epochs, a low rate.
TrainSettings fine_tuning(std::int64_t epochs, double learning_rate);

/// Throws Error unless `settings` are of a training, or of none: 0 epochs.
void check_fine_tuning(const TrainSettings& settings);

/// Trains for settings.epochs (0: gives the graph back as it is), with the work's checkpoint, which goes at the end.
struct FineTuned {
  Graph graph;
  std::vector<LearntRange> ranges{};
  std::string history = "[]";  ///< JSON, as of run.json
};
FineTuned fine_tune(Graph graph, const Splits& data, const TrainSettings& settings, const VerbWork& work,
                    Shaping shaping = {});

/// `evaluate` with all threads of the machine, by the loss that a setting names.
Evaluation measure(const Graph& graph, const Subset& samples, const std::string& loss, const VerbWork& work);

/// How well a graph answers: its accuracy where there are classes, else the root of its mean squared error.
struct Score {
  double value = 0;
  bool is_accuracy = true;
  /// "87.19 %", "RMSE 0.31".
  std::string text() const;
};
Score score(const Graph& graph, const Subset& samples, const std::string& loss, const VerbWork& work);

/// {"output", "before", "after", "score", "history"}, and the members of the object `more`: what such a verb found.
std::string result_json(const VerbWork& work, const std::optional<Score>& before, const Score& after,
                        const FineTuned& tuned, const std::string& more);

/// The samples that a verb may look at to judge itself: the validation set, or the training set where there is none.
/// The test set is for the end alone.
const Subset& judging_samples(const Splits& data);

}  // namespace mirim
