#pragma once

#include <limits>
#include <vector>

#include "mirim/graph/graph.hpp"

/// Elements that only mean "never chosen": padding around the input of a maximum, and masks added before SOFTMAX.
/// Converters write -infinity, the least float, -1e9 or -1e4. In a range they would leave no int8 steps for the other
/// elements.
namespace mirim {

/// The range of reals that a value's integers shall represent.
struct Range {
  float min = 0;
  float max = 0;

  bool operator==(const Range&) const = default;
};

/// The limits for "never chosen" elements of a value: at most `low`, or at least `high`. Infinite if there are none.
struct NeverChosen {
  float low;
  float high;
};

/// Whether x is an ordinary number. NaN is one.
inline bool counts(const NeverChosen& limit, float x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return !(limit.low > -kInfinity && x <= limit.low) && !(limit.high < kInfinity && x >= limit.high);
}

/// For each value of a float graph. A value can have such elements if it comes from constants of at most -1e4 (or at
/// least 1e4) and everything computed from it ends in an operator that does not choose them: a maximum or minimum,
/// SOFTMAX, EXP, LOGISTIC, a comparison. The limit is three quarters of the constant nearest to 0.
std::vector<NeverChosen> find_never_chosen(const Graph& graph);

/// Replaces such constants by equivalent ones that are no farther out than needed. Padding becomes the least number of
/// the range; a mask becomes one that leaves less than half an int8 step of its probability; infinity in a comparison
/// becomes one beyond all others. `ranges` are those of the ordinary elements, by ValueId; they are extended for the
/// masked ones, and get an entry for each added constant.
void settle_never_chosen(Graph& graph, std::vector<Range>& ranges);

}  // namespace mirim
