#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// How far one layer's result in graph b lies from that in graph a, as reals, over all samples.
struct LayerDifference {
  std::string name{};  ///< of the result in b
  std::string name_in_a{};
  std::string op{};  ///< in b
  double largest = 0;
  double mean = 0;                ///< of |a - b|
  double signal_to_noise_db = 0;  ///< 10 log10(sum a^2 / sum (a - b)^2); infinite where they are equal
  bool equal = false;             ///< every bit, and of one type
  /// More than arithmetic explains. Two integers of one type and quantization: any bit. Two floats: some error above
  /// 1e-5 of the largest |a|. Else, float against int8 for example: less than kDepartingDb.
  bool departs = false;
};
inline constexpr double kDepartingDb = 20;

struct Comparison {
  std::vector<LayerDifference> layers{};  ///< in b's order
  int first_different = -1;               ///< index in layers of the first that is not equal
  int first_departing = -1;               ///< of the first that departs
  std::int64_t unmatched_in_a = 0;        ///< results without a counterpart
  std::int64_t unmatched_in_b = 0;
};

/// Writes a sample into the inputs of a graph.
using Feed = std::function<void(Interpreter&, std::int64_t sample)>;

/// Runs both graphs on the same samples and compares the results of their nodes. Outputs correspond by position; other
/// results by name where the number of elements is the same; what is left by operator and shape, in order. Recurrent
/// state is cleared before each sample, or kept with `stream`. Throws Error when nothing corresponds.
Comparison compare(const Graph& a, const Graph& b, std::int64_t samples, const Feed& feed, bool stream = false);

/// The same on the samples of a data set. Throws Error when a sample does not fit.
Comparison compare(const Graph& a, const Graph& b, const Subset& samples, bool stream = false);

}  // namespace mirim
