#pragma once

#include <filesystem>
#include <string>

#include "mirim/explore/ranks.hpp"
#include "mirim/explore/search.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/recipe/verb.hpp"

namespace mirim {

/// All settings of `mirim shrink`.
struct ShrinkSettings {
  std::string budget;
  std::string device;
  std::filesystem::path journal;  ///< empty: OUTPUT.journal; not among the listed settings, a recipe has its own place
  SearchSettings search;
  TrialTraining training;

  void settings(Settings& s) {
    s.field("budget", budget,
            "the most that the model may take: flash=32K,ram=16K; also stored (constants in their smallest encodings), "
            "arena and macs");
    s.field("device", device, "a board that the model must fit (see `mirim cost`)");
    search.settings(s);
    s.field("batch", training.batch, "samples per step");
    s.field("learning_rate", training.learning_rate, "highest learning rate");
    s.field("seed", training.seed, "of the trainings; same seed and threads give the same result");
    s.field("threads", training.threads, "threads of a training step, in each process");
  }
};

/// Raised when the same job has another result than before.
int shrink_version();

/// 16 letters for all that results in a journal depend on: model, data, training.
std::string journal_key(const ShrinkSettings& settings, const VerbWork& work, const Splits& data);

/// What `mirim shrink` does: searches, with all of `ranks`, and writes the model to work.output; with a worker's rank
/// serves the search. `load_data` is called once, where data are needed. Throws Error; then no model was written.
VerbResult shrink(const ShrinkSettings& settings, const VerbWork& work, const std::function<Splits()>& load_data,
                  Ranks& ranks);

}  // namespace mirim
