#pragma once

#include <filesystem>
#include <string>
#include <utility>

#include "mirim/recipe/quantize_job.hpp"
#include "mirim/recipe/train_job.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim {

/// A network of models/zoo that has learnt a little, and the data.
struct Trained {
  Graph graph;
  Splits data;

  /// By `samples` test samples.
  Evaluation evaluate(const Graph& of, std::int64_t samples) const {
    return mirim::evaluate(of, data.test.first(samples));
  }
  Graph int8() const {
    Model model;
    model.graphs.push_back(graph);
    QuantizeSettings settings;
    settings.samples = 200;
    return std::move(quantize(std::move(model), data, settings, {}).model.main());
  }
};

inline Trained trained(const std::string& name, const DataSettings& data, const TrainSettings& settings) {
  const std::filesystem::path file = std::string(MIRIM_SOURCE_DIR) + "/models/zoo/" + name + ".toml";
  Splits splits = load(data);
  Pupil pupil = read_pupil(file, static_cast<std::uint64_t>(settings.seed));
  Graph graph = learn(std::move(pupil), splits, settings, {}, {}).graph;
  return {std::move(graph), std::move(splits)};
}

}  // namespace mirim
