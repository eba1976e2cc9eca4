#include "mirim/train/gradient_squares.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/train/data_source.hpp"

namespace mirim {
namespace {

/// The mean over batches of score(w, dL/dw) for each element of the trainable constants.
template <class Score>
std::map<ValueId, std::vector<float>> mean_over_batches(const Graph& graph, const Subset& training, const Task& task,
                                                        std::int64_t samples, const std::function<bool()>& stop,
                                                        Score score) {
  const std::int64_t batch = std::min<std::int64_t>(32, training.size());
  if (batch < 1) fail("there are no training samples to find gradients on");
  TrainingPlan plan(graph, {.batch = batch, .loss = {.kind = task.loss}, .keep_gradients = true});
  DataSource source(training, {.shuffle_seed = 1}, task);
  std::map<ValueId, std::vector<float>> sums;
  const std::int64_t batches = std::max<std::int64_t>(1, std::min(samples, training.size()) / batch);
  for (std::int64_t b = 0; b < batches; ++b) {
    if (stop && stop()) fail("stopped; nothing was written");
    source.fill(0, b * batch, batch, {plan.input(0), plan.labels(), plan.targets()});
    plan.step(0);  // at rate 0: the weights stay
    for (const Parameter& parameter : trainable_parameters(graph)) {
      const std::vector<float> gradient = plan.gradient(parameter.value);
      const auto weights = graph[parameter.value].values<float>();
      std::vector<float>& sum = sums[parameter.value];
      sum.resize(gradient.size(), 0.0F);
      for (std::size_t i = 0; i < gradient.size(); ++i)
        sum[i] += score(weights[i], gradient[i]) / static_cast<float>(batches);
    }
  }
  return sums;
}

}  // namespace

std::map<ValueId, std::vector<float>> gradient_squares(const Graph& graph, const Subset& training, const Task& task,
                                                       std::int64_t samples, const std::function<bool()>& stop) {
  return mean_over_batches(graph, training, task, samples, stop, [](float, float g) { return g * g; });
}

std::map<ValueId, std::vector<float>> taylor_scores(const Graph& graph, const Subset& training, const Task& task,
                                                    std::int64_t samples, const std::function<bool()>& stop) {
  return mean_over_batches(graph, training, task, samples, stop, [](float w, float g) { return std::abs(w * g); });
}

}  // namespace mirim
