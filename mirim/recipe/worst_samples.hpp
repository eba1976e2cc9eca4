#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

/// The samples with the worst predictions, for the report: wrong classes by their predicted probability, numbers (an
/// autoencoder's too) by the squared error.
class WorstSamples {
 public:
  /// Of a graph that `evaluate` runs on these samples, with this loss (EvaluateOptions::loss).
  WorstSamples(const Graph& graph, const Subset& samples, std::optional<Loss::Kind> loss);

  /// Gets the outputs of each sample once, from any thread: EvaluateOptions::look.
  void look(std::int64_t sample, Interpreter& interpreter);

  /// {"shape", "samples": [{"index", "label", "answer", "confidence"} or {"index", "expected", "answered", "error"},
  /// and "pixels" (base64 of its bytes, images) or "values"]}, the worst first; at most `most`.
  std::string json(std::size_t most = 12) const;

 private:
  struct Seen {
    double badness = -1;  // negative: correct
    std::int32_t label = 0;
    std::int32_t answer = 0;
    std::vector<float> numbers{};
  };

  std::span<const float> targets_of(std::size_t sample) const;

  const Subset& samples_;
  Task task_;
  Scaling output_;
  bool probabilities_;
  std::vector<Seen> seen_;
};

}  // namespace mirim
