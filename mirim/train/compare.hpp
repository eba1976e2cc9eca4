#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/data/dataset.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/graph.hpp"

namespace mirim {

/// The allowed difference between two results of one layer.
struct Limit {
  enum class Kind {
    bits,    ///< none: integers computed only from integers
    step,    ///< `step`: integers of one quantization computed from floats, which may round to either side;
             ///< floats converted from such integers
    floats,  ///< kFloatLimit of the largest |a|: floats without quantization before them
    ratio,   ///< kDepartingDb of signal to noise: only one was quantized before, or each differently
  };
  Kind kind = Kind::bits;
  double step = 0;
};
std::string_view name(Limit::Kind kind);  ///< "bits", ...
inline constexpr double kDepartingDb = 20;
inline constexpr double kFloatLimit = 1e-5;

/// The difference between one layer's results in graphs a and b, as reals, over all samples.
struct LayerDifference {
  std::string name{};  ///< of the result in b
  std::string name_in_a{};
  std::string op{};  ///< in b
  double largest = 0;
  double mean = 0;                ///< of |a - b|
  double signal_to_noise_db = 0;  ///< 10 log10(sum a^2 / sum (a - b)^2); infinite where they are equal
  bool equal = false;             ///< every bit, and the same type
  Limit limit{};
  bool departs = false;  ///< more than the limit allows
};

/// A layer of a without a counterpart, because another layer of b does its work.
struct FoldedLayer {
  std::string name{};  ///< of the result in a
  std::string op{};
  std::string into{};  ///< the name in b of the layer that does its work
};

struct Comparison {
  std::vector<LayerDifference> layers{};  ///< in b's order
  std::vector<FoldedLayer> folded{};      ///< in a's order
  int first_different = -1;               ///< index in layers of the first that is not equal
  int first_departing = -1;               ///< of the first that departs
  int largest = -1;                       ///< of the one with the largest difference among those that differ
  std::int64_t unmatched_in_a = 0;        ///< results without a counterpart, folded ones left out
  std::int64_t unmatched_in_b = 0;
};

/// The allowed difference of two values, from what the graphs computed them from.
Limit limit_of(const Graph& a, ValueId in_a, const Graph& b, ValueId in_b);

/// |a - b|; 0 for two equal infinities or two NaN. NaN is far from every number.
double distance(double a, double b);

/// Whether results that are not equal differ by more than the limit.
bool exceeds(const Limit& limit, double largest, double largest_signal, double signal_to_noise_db);

/// Writes a sample into the inputs of a graph.
using Feed = std::function<void(Interpreter&, std::int64_t sample)>;

/// Runs both graphs on the same samples and compares the results of their nodes. Outputs are matched by position; other
/// results by name if they have equally many elements; the rest by operator and shape, in order. Recurrent state is
/// cleared before each sample, or kept with `stream`. Results of one name in different units (a pass made a
/// normalisation part of the input's scale) are not matched. Throws Error if nothing matches.
Comparison compare(const Graph& a, const Graph& b, std::int64_t samples, const Feed& feed, bool stream = false);

/// The same on the samples of a data set. Throws Error when a sample does not fit.
Comparison compare(const Graph& a, const Graph& b, const Subset& samples, bool stream = false);

}  // namespace mirim
