#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "mirim/explore/sensitivity.hpp"
#include "mirim/explore/trial.hpp"

/// The jobs of a search: a text says what to do, another what came of it, both JSON. A job's text holds all that its
/// result depends on beside the model, the data and the training's settings.
namespace mirim {

/// How good the float model is.
std::string float_job();
struct FloatModel {
  Score score{};
  std::vector<std::string> layers{};  ///< with weights
};
FloatModel float_model_of(const std::string& result);

/// What one layer loses.
std::string sensitivity_job(const std::string& layer);
Sensitivity sensitivity_of(const std::string& result);

/// What a candidate takes, made without training and from a few samples: a glance.
std::string price_job(const Candidate& candidate, const std::string& target);

/// A candidate, trained; the result holds the model only where it is to be `kept`.
std::string trial_job(const Candidate& candidate, std::int64_t epochs, const std::string& target, bool kept);

/// Of price_job and trial_job.
struct TrialResult {
  std::string failed{};  ///< why this candidate cannot be made; empty where it can
  Trial trial{};
};
TrialResult trial_of(const std::string& result);

/// Does jobs. They know nothing of each other, so it does not matter where and in which order they are done.
class Worker {
 public:
  /// `training.epochs` is not used: a job says its own. Throws Error for a model that cannot be read or trained.
  Worker(std::filesystem::path model, const Splits& data, const TrialTraining& training, std::function<bool()> stop);

  /// The job's result. Throws Error.
  std::string operator()(const std::string& job) const;

 private:
  std::filesystem::path model_;
  TrialTraining training_;
  std::function<bool()> stop_;
  Graph graph_;
  Splits data_;     // as they came
  Splits matched_;  // in the model's form
};

}  // namespace mirim
