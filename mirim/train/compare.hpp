#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// How far one layer's result in graph b lies from that in graph a, as reals, over all samples.
struct LayerDifference {
  std::string name;
  std::string op;  ///< in b
  double largest = 0;
  double mean = 0;                ///< of |a - b|
  double signal_to_noise_db = 0;  ///< 10 log10(sum a^2 / sum (a - b)^2); infinite where they are equal
  bool equal = false;             ///< every bit, and of one type
};

struct Comparison {
  std::vector<LayerDifference> layers;  ///< in b's order: those whose name and number of elements are the same in both
  int first_different = -1;             ///< index in layers of the first that is not equal
};

/// Runs both graphs on the same samples and compares the results of nodes that bear the same name; outputs are compared
/// by position whatever their names. Recurrent state is cleared before each sample, or kept with `stream`. Throws Error
/// when they have not one name in common or a sample does not fit.
Comparison compare(const Graph& a, const Graph& b, const Subset& samples, bool stream = false);

}  // namespace mirim
