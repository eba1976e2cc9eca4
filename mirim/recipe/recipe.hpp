#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/base/language.hpp"
#include "mirim/base/settings.hpp"
#include "mirim/recipe/quantize_job.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/recipe/verb.hpp"

namespace mirim {

/// Settings of the firmware and its board.
struct FirmwareSettings {
  std::string target;
  std::string name = "model";
  bool reentrant = false;
  std::string device = "nano33ble";
  std::int64_t samples = 500;
  std::string optimize = "balanced";
  std::string input = "whole";

  void settings(Settings& s) {
    s.field("target", target, "what to compile for: host, or the device's core (default)");
    s.field("name", name, "prefix of the functions in the firmware");
    s.field("reentrant", reentrant, "every function takes a context instead of the static arena");
    s.field("device", device, "the board it must fit");
    s.field("samples", samples, "test samples on which firmware and host are compared");
    s.field("optimize", optimize, "what is saved: balanced, speed, size or ram");
    s.field("input", input, "whole, or rows: the program hands over each row as it comes");
  }
};

/// One [[step]] of a recipe: a verb makes a model of another.
struct BranchStep {
  std::string name;              ///< of what it makes: NAME.tflite in the run's folder
  std::string from;              ///< "float", "int8" or the name of an earlier step; of a student also its .toml
  std::shared_ptr<Verb> verb;    ///< with its settings
  std::int64_t train_limit = 0;  ///< at most so many training samples, as DataSettings::train_limit; 0: the recipe's
};

/// What a recipe is to reach, and what another tool reached on the same data.
struct Goal {
  std::string figure = "accuracy";  ///< a key of run.json's models
  std::optional<double> least{};
  std::optional<double> most{};
  std::optional<double> reference{};
  std::string source{};  ///< of the reference: the tool and its version, or the paper
};

/// A whole pipeline, from data to firmware, as a TOML file:
///
///     model = "../models/fashion_cnn.toml"   # from the recipe's folder
///     seed = 1                               # of the first weights
///     seeds = 5                              # done with so many seeds: what of the figures is chance (default: 1)
///     language = "pt"                        # of the report: en or pt (default: en)
///     [data]
///     set = "fashion-mnist"
///     [train]
///     epochs = 8
///     [quantize]
///     [firmware]
///     target = "cortex-m4"
///     device = "nano33ble"
///     [[step]]                               # any number of them, each a branch from "float" or an earlier step
///     do = "prune"
///     from = "float"                         # where it is left out: what the step before made
///     name = "pruned"                        # where it is left out: the verb's name
///     sparsity = 0.8
///     [goal]
///     figure = "accuracy"                    # of run.json's models; `least` or `most`
///     least = 0.9
///     reference = 0.92                       # what another tool reaches on the same data
///     source = "scikit-learn 1.9.1"
///
/// Keys are the names that DataSettings, TrainSettings, QuantizeSettings, FirmwareSettings and the verbs list. A model
/// that is a .tflite is not trained unless there is a [train].
struct Recipe {
  std::string name;  ///< the file's, without .toml
  std::filesystem::path file{};
  std::string text{};
  std::filesystem::path model;
  std::int64_t seed = 1;
  std::int64_t seeds = 1;            ///< from `seed` on
  Language language = Language::en;  ///< of the report
  DataSettings data{};
  TrainSettings train{};
  QuantizeSettings quantize{};
  FirmwareSettings firmware{};
  bool trains = true;
  std::vector<BranchStep> steps{};
  std::string topology{};  ///< on the chart of networks: "P", "HN"; or empty
  std::optional<Goal> goal{};
  Verbs (*verbs)() = all_verbs;  ///< that its steps are made of
};

/// Throws Error, one line with file, line and key, for text that is no TOML, unknown keys (with the nearest known one)
/// and values of another type. `verbs`: what a step can do.
Recipe parse_recipe(std::string_view text, const std::filesystem::path& file, Verbs (*verbs)() = all_verbs);

/// The same from a file.
Recipe read_recipe(const std::filesystem::path& file, Verbs (*verbs)() = all_verbs);

}  // namespace mirim
