#include "mirim/recipe/work_data.hpp"

#include "mirim/base/error.hpp"
#include "mirim/recipe/meaning_job.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

Splits matched(const Graph& graph, const VerbWork& work) {
  return in_context(work.model.string(), [&] {
    Splits data = matched(graph, *work.data);
    // Training takes a model of any batch.
    const bool one = graph.inputs.size() == 1 && graph[graph.inputs[0]].type.shape.rank() > 0 &&
                     graph[graph.inputs[0]].type.shape[0] == 1;
    if (one && data.training.data) require_samples_fit(graph, *data.training.data);
    return data;
  });
}

}  // namespace mirim
