#pragma once

#include <functional>
#include <map>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/train/task.hpp"

namespace mirim {

/// The mean over batches of (dL/dw)^2 for each trainable constant, by element: how much the loss feels each weight (the
/// diagonal of the empirical Fisher information). Looks at the first `samples` samples in batches of 32 (fewer where
/// there are fewer). Nothing is changed. Throws Error as TrainingPlan does, and when `stop` asks for it.
std::map<ValueId, std::vector<float>> gradient_squares(const Graph& graph, const Subset& training, const Task& task,
                                                       std::int64_t samples, const std::function<bool()>& stop = {});

/// The same of |w dL/dw|: about what the loss would change by without the weight (Molchanov et al., 2017).
std::map<ValueId, std::vector<float>> taylor_scores(const Graph& graph, const Subset& training, const Task& task,
                                                    std::int64_t samples, const std::function<bool()>& stop = {});

}  // namespace mirim
