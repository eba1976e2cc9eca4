#pragma once

#include <string>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/recipe/model_file.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/train/evaluate.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {

inline const std::string kRoot = std::string(MIRIM_SOURCE_DIR) + "/";
inline const std::string kDataSets = kRoot + "../shared/data/datasets/";

/// Trains a network as `mirim train` does; `said` gets what it says.
inline Graph learnt(Pupil pupil, const Splits& data, const TrainSettings& settings,
                    std::vector<std::string>* said = nullptr) {
  const TrainFiles files{.say = [&](std::string_view line) {
    if (said) said->emplace_back(line);
  }};
  return learn(std::move(pupil), data, settings, files, {}).graph;
}

/// What training a description says against it; empty if nothing.
inline std::string refusal(const std::string& text, const Splits& data) {
  try {
    Description description = parse_description(text, "test.toml");
    learnt({.graph = std::move(description.graph), .rules = std::move(description.rules)}, data, {});
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

/// Part of the samples whose class is right.
inline double accuracy(const Graph& graph, const Subset& samples) {
  return evaluate(graph, samples, {}).accuracy.value();
}

}  // namespace mirim
