#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "mirim/base/settings.hpp"
#include "mirim/data/augment.hpp"
#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/train/fit.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

/// The data, and how it is split.
struct DataSettings {
  std::string set{};   ///< as in load_data; not among the listed settings, because every command names it itself
  std::string test{};  ///< another data set as the test set; empty: the set's own, or a part of it
  double validation = 0.1;
  std::int64_t seed = 1;
  std::int64_t train_limit = 0;
  std::int64_t test_limit = 0;
  std::int64_t folds = 0;
  std::int64_t fold = 1;
  bool nudge = false;

  void settings(Settings& s) {
    s.field("test", test, "another data set as the test set, matched by the names of columns and classes");
    s.field("validation", validation, "part of the training samples kept for validation");
    s.field("split_seed", seed, "seed of the split");
    s.field("train_limit", train_limit, "use at most N training samples (0: all)");
    s.field("test_limit", test_limit, "use at most N test samples (0: all)");
    s.field("folds", folds, "cut all samples into N folds, stratified by class; one is the test set (0: none)");
    s.field("fold", fold, "which of the folds is the test set, from 1 on");
    s.field("nudge", nudge, "add to each image, for training and test, itself one pixel left, right, up and down");
  }
};

/// Reads the data. Throws Error.
Splits load(const DataSettings& settings);

/// At most `limit` training samples, and no more validation samples; 0: all.
Splits with_train_limit(Splits splits, std::int64_t limit);

/// Its test samples, without reading more than they need.
Subset load_test(const DataSettings& settings);

/// All samples of a source without a test set of its own, in its order. Throws Error for another.
Subset load_whole(const DataSettings& settings);

/// Hash of samples, targets and split: other data under the same name has another hash.
std::string fingerprint(const Splits& splits);

/// Settings of the training.
struct TrainSettings {
  std::int64_t epochs = 10;
  std::int64_t labelled = 0;
  std::int64_t batch = 64;
  std::string optimizer = "adam";
  double learning_rate = 0.001;
  double momentum = 0.9;
  double weight_decay = 0;
  double longest_gradient = 0;
  std::string steps = "absolute";
  std::string schedule = "cosine";
  double warmup_epochs = 0;
  std::int64_t step_every = 10;
  double step_factor = 0.1;
  std::string normalize = "none";
  std::string loss = "auto";
  double label_smoothing = 0;
  std::string class_weights = "none";
  std::int64_t patience = 0;
  bool best_weights = false;
  std::int64_t shift = 0;
  bool flip = false;
  std::int64_t cutout = 0;
  double rotate = 0;
  double noise = 0;
  std::int64_t seed = 1;
  std::int64_t threads = 1;
  bool plain = false;

  void settings(Settings& s) {
    s.field("epochs", epochs, "passes over the training samples");
    s.field("labelled", labelled, "backpropagation sees only the first N training samples (0: all); rules see all");
    s.field("batch", batch, "samples per step");
    s.field("optimizer", optimizer, "sgd, adam or adamw");
    s.field("learning_rate", learning_rate, "highest learning rate");
    s.field("momentum", momentum, "of sgd");
    s.field("weight_decay", weight_decay, "of weights, never of biases or batch norm");
    s.field(
        "longest_gradient", longest_gradient,
        "make the gradient of all weights together no longer than this (0: as long as it is); for recurrent networks "
        "whose steps now and then go far");
    s.field(
        "steps", steps,
        "of the optimizer: absolute, relative (to the size of each tensor's weights), or auto: relative for a model "
        "whose batch norm is folded and has left a layer with small weights");
    s.field("schedule", schedule, "of the learning rate: constant, step or cosine");
    s.field("warmup_epochs", warmup_epochs, "epochs over which the learning rate rises from 0");
    s.field("step_every", step_every, "epochs between two drops of schedule step");
    s.field("step_factor", step_factor, "factor of one drop of schedule step");
    s.field("normalize", normalize,
            "none, or data: by mean and deviation of each feature (channel of an image) and each regression target "
            "over the training samples; they become part of the model");
    s.field("loss", loss,
            "auto (chosen by data and last layer), cross_entropy, binary_cross_entropy, mean_squared_error, "
            "mean_absolute_error or huber");
    s.field("label_smoothing", label_smoothing, "of cross entropy, 0 to 1");
    s.field(
        "class_weights", class_weights,
        "factor of each class in the loss: none, balanced (rare classes count as much as frequent ones) or a number "
        "for each class in their order, as 1,2,1");
    s.field("patience", patience, "stop after N epochs without a better validation (0: never)");
    s.field("best_weights", best_weights, "end with the weights of the best epoch");
    s.field("shift", shift, "augmentation: shift images by up to N pixels");
    s.field("flip", flip, "augmentation: mirror half of the images");
    s.field("cutout", cutout, "augmentation: blank a square of this side");
    s.field("rotate", rotate, "augmentation: turn points of the plane by up to N degrees");
    s.field("noise", noise,
            "augmentation: add normal noise of this deviation, for bytes as a part of their range; an autoencoder "
            "learns the sample without it");
    s.field("seed", seed, "seed of initial weights, order and augmentation; same seed and threads give the same bits");
    s.field("threads", threads, "threads of a training step");
    s.field("plain", plain, "train with the operators' plain loops, the reference");
  }
};

/// What training does to samples.
Augmentation augmentation_of(const TrainSettings& settings);

/// The noise to evaluate a model with: an autoencoder that learnt to take it away is given it.
double noise_in_evaluation(const Graph& graph, const Dataset& data, const TrainSettings& settings);

/// The loss that a setting names, or none for "auto". Throws Error for an unknown one.
std::optional<Loss::Kind> loss_named(const std::string& setting);

struct TrainResult {
  FitResult fit;
  Graph graph;  ///< trained
  Task task;    ///< what it learnt
};

/// Files and callbacks of a training.
struct TrainFiles {
  std::filesystem::path checkpoint{};  ///< empty: none
  bool resume = false;                 ///< continue from the checkpoint if there is one
  std::function<bool()> stop{};        ///< called after every step: whether to end with what the checkpoint has
  /// Called before the first step: what is trained on what, and decisions that were not asked for, one line each.
  std::function<void(std::string_view)> say{};
};

/// Lets a network learn: by its rules in order, each on all training samples; then, or if it has none, as `train` does.
/// Throws Error as these do.
TrainResult learn(Pupil pupil, const Splits& data, const TrainSettings& settings, const TrainFiles& files,
                  const std::function<void(const Progress&)>& progress);

/// Trains `graph` on the data, or on the `labelled` first samples. What the forms of its weights say is kept
/// (steps_that_keep_forms), unless `shaping` has steps for a weight of its own. Throws Error, as fit does; and when it
/// was asked to stop, after the last finished epoch's checkpoint.
TrainResult train(Graph graph, const Splits& data, const TrainSettings& settings, const TrainFiles& files,
                  const std::function<void(const Progress&)>& progress, Shaping shaping = {});

}  // namespace mirim
