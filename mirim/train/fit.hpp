#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mirim/exec/training_plan.hpp"
#include "mirim/train/schedule.hpp"

namespace mirim {

/// Where a source writes `count` samples, with room for exactly that many: x of input 0, and labels or targets,
/// whichever the loss reads (the other is empty).
struct BatchView {
  std::span<float> x;
  std::span<std::int32_t> labels;
  std::span<float> targets;
  /// Of the numbers that the data give of a sample 1 where they differ within this batch, else 0; 0 behind them. Not
  /// written if it is empty.
  std::span<float> varying{};
};

/// Samples for training or validation. Their order depends only on the epoch, so resumed training sees the same.
/// `DataSource` reads a data set, `MemorySource` arrays.
class BatchSource {
 public:
  virtual ~BatchSource() = default;
  virtual std::int64_t samples() const = 0;
  /// Writes the samples at positions [first, first + count) of this epoch's order.
  virtual void fill(int epoch, std::int64_t first, std::int64_t count, const BatchView& to) = 0;
};

/// Samples in memory, shuffled again in every epoch by its seed (or never, for validation).
class MemorySource final : public BatchSource {
 public:
  /// x holds samples one after the other; labels one each. Without labels the targets are x itself: an autoencoder.
  MemorySource(std::vector<float> x, std::vector<std::int32_t> labels, std::int64_t samples,
               std::optional<std::uint64_t> shuffle_seed);
  std::int64_t samples() const override { return samples_; }
  void fill(int epoch, std::int64_t first, std::int64_t count, const BatchView& to) override;

 private:
  std::vector<float> x_;
  std::vector<std::int32_t> labels_;
  std::int64_t samples_;
  std::optional<std::uint64_t> seed_;
  int epoch_ = -1;
  std::vector<std::int64_t> order_;
};

/// The metric of a training besides its loss.
enum class Metric {
  right_class,  ///< accuracy: a sample's largest output is that of its label or target
  right_side,   ///< accuracy: an output is on the side of FitOptions::threshold given by its target, 0 or 1
  error,        ///< root mean squared difference to the targets
};

/// One finished epoch. Accuracies are parts of 1; they are 0 if the metric is the error, and the errors are 0 if it is
/// accuracy. Validation uses the weights after the epoch; its values are 0 without a validation set.
struct EpochRecord {
  int epoch = 0;
  float training_loss = 0;
  float training_accuracy = 0;
  float training_error = 0;
  float validation_loss = 0;
  float validation_accuracy = 0;
  float validation_error = 0;
  float learning_rate = 0;  ///< of its last step
  double seconds = 0;

  bool operator==(const EpochRecord&) const = default;
};

/// What a progress callback gets after every step.
struct Progress {
  int epoch = 0;
  int epochs = 0;
  std::int64_t step = 0;  ///< in this epoch, from 1
  std::int64_t steps = 0;
  float loss = 0;  ///< mean of this epoch so far
  Metric metric = Metric::right_class;
  float accuracy = 0;  ///< of this epoch so far, or the error, depending on the metric
  float error = 0;
  bool validated = false;  ///< whether there is a validation set
  double seconds_left = 0;
  const EpochRecord* finished = nullptr;  ///< set once after an epoch's validation
};

/// What compression and distillation add to a training; see TrainingOptions.
struct Shaping {
  Parametrisations parametrisations{};
  std::vector<ActivationGrid> grids{};
  std::vector<LossTerm> terms{};
  float loss_weight = 1;
  ValueId factors = kNoValue;
  /// Called before each step, when the batch's samples stand in the plan: moves masks, runs teachers. `step` counts
  /// from 0 over all epochs.
  std::function<void(TrainingPlan&, std::int64_t step, std::int64_t steps)> before_step{};
  std::vector<std::string> settings{};  ///< of all that, "key = value" each, for the checkpoint
};

struct FitOptions {
  int epochs = 10;
  std::int64_t batch = 32;
  int threads = 1;
  std::uint64_t seed = 1;
  Loss loss{};
  Metric metric = Metric::right_class;
  float threshold = 0.5F;  ///< of Metric::right_side
  Optimizer optimizer{};
  Schedule schedule{};
  bool plain = false;
  /// Stops after this many epochs without a better validation; 0: never. Better is a higher accuracy, or a lower loss
  /// if the metric is the error.
  int patience = 0;
  /// Ends with the weights of the best epoch instead of the last one's.
  bool best_weights = false;
  std::filesystem::path checkpoint{};  ///< written whole after every epoch; empty: none
  bool resume = false;                 ///< continue from `checkpoint` if it exists
  /// Further settings that a resumed training must share with the checkpoint, "key = value" each: its data.
  std::vector<std::string> more_settings{};
  Shaping shaping{};
  std::function<void()> begins{};  ///< called before the first step, when nothing is left to be refused
  std::function<void(const Progress&)> progress{};
  /// Called after every step; true ends the training after the last finished epoch's checkpoint (Ctrl-C).
  std::function<bool()> stop{};
};

struct FitResult {
  std::vector<EpochRecord> history;
  int best_epoch = -1;  ///< index in history, with a validation set
  bool stopped_early = false;
  bool interrupted = false;
  std::vector<LearntRange> ranges{};  ///< of activation grids, at the end
};

/// Trains the graph's constants (trainable_parameters) on `training` and stores the result in the graph. An epoch
/// leaves out samples that do not fill a batch. The same seed, threads and sources give the same bits; training resumed
/// from a checkpoint ends with the bits of an uninterrupted one.
///
/// Throws Error for labels out of range, a source smaller than a batch, a graph without trainable weights, a checkpoint
/// of another network or other settings. Throws Error for numbers that are not finite, with batch and layer; the
/// checkpoint of the previous epoch stays.
FitResult fit(Graph& graph, BatchSource& training, BatchSource* validation, const FitOptions& options);

}  // namespace mirim
