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

/// What two results of one layer may differ by.
struct Limit {
  enum class Kind {
    bits,    ///< nothing: integers that only integers went into
    step,    ///< `step`: integers of one quantization that computed floats went into, which may round to either side;
             ///< floats that such integers were made into
    floats,  ///< kFloatLimit of the largest |a|: floats that nothing quantized went into
    ratio,   ///< kDepartingDb of signal to noise: one was quantized on its way, and the other not or otherwise
  };
  Kind kind = Kind::bits;
  double step = 0;
};
std::string_view name(Limit::Kind kind);  ///< "bits", ...
inline constexpr double kDepartingDb = 20;
inline constexpr double kFloatLimit = 1e-5;

/// How far one layer's result in graph b lies from that in graph a, as reals, over all samples.
struct LayerDifference {
  std::string name{};  ///< of the result in b
  std::string name_in_a{};
  std::string op{};  ///< in b
  double largest = 0;
  double mean = 0;                ///< of |a - b|
  double signal_to_noise_db = 0;  ///< 10 log10(sum a^2 / sum (a - b)^2); infinite where they are equal
  bool equal = false;             ///< every bit, and of one type
  Limit limit{};
  bool departs = false;  ///< more than the limit allows
};

/// A layer of a that has no counterpart, since another layer does its work in b.
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

/// What two values may differ by, from what went through the graphs to make them.
Limit limit_of(const Graph& a, ValueId in_a, const Graph& b, ValueId in_b);

/// |a - b|; 0 for two equal infinities or two NaN. NaN is far from every number.
double distance(double a, double b);

/// Whether results that are not equal differ by more than that.
bool exceeds(const Limit& limit, double largest, double largest_signal, double signal_to_noise_db);

/// Writes a sample into the inputs of a graph.
using Feed = std::function<void(Interpreter&, std::int64_t sample)>;

/// Runs both graphs on the same samples and compares the results of their nodes. Outputs correspond by position; other
/// results by name where the number of elements is the same; what is left by operator and shape, in order. Recurrent
/// state is cleared before each sample, or kept with `stream`. Results of one name whose units differ, since a pass
/// made a normalisation part of the input's scale, do not correspond. Throws Error when nothing corresponds.
Comparison compare(const Graph& a, const Graph& b, std::int64_t samples, const Feed& feed, bool stream = false);

/// The same on the samples of a data set. Throws Error when a sample does not fit.
Comparison compare(const Graph& a, const Graph& b, const Subset& samples, bool stream = false);

}  // namespace mirim
