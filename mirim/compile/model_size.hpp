#pragma once

#include <cstdint>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// What passes save: as given and as compiled.
struct ModelSize {
  std::int64_t macs = 0;     ///< multiply-accumulates of one run; of an operator that mirim lacks none
  std::int64_t weights = 0;  ///< elements of constant weights, each constant once; no biases
};
ModelSize size_of_model(const Graph& graph);

}  // namespace mirim
