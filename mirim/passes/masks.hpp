#pragma once

#include <limits>
#include <vector>

#include "mirim/graph/graph.hpp"

/// Numbers that only mean "never chosen": what stands around the input of a maximum, and what masks add in front of
/// SOFTMAX. Converters write -infinity, the least float, -1e9 or -1e4. As a part of a range they would leave no int8
/// step for the numbers that count.
namespace mirim {

/// The reals between which a value's integers shall lie.
struct Range {
  float min = 0;
  float max = 0;

  bool operator==(const Range&) const = default;
};

/// From where on an element of a value means "never chosen": at `low` and below, at `high` and above. Infinite where
/// all numbers count.
struct NeverChosen {
  float low;
  float high;
};

/// Whether x is a number like others. NaN is one.
inline bool counts(const NeverChosen& limit, float x) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  return !(limit.low > -kInfinity && x <= limit.low) && !(limit.high < kInfinity && x >= limit.high);
}

/// For each value of a float graph. Values that can hold such numbers are those behind constants of at most -1e4 (or at
/// least 1e4), as long as all that becomes of them ends in an operator that does not choose them: a maximum or minimum,
/// SOFTMAX, EXP, LOGISTIC, a comparison.
/// The limit is three quarters of the constant nearest to 0.
std::vector<NeverChosen> find_never_chosen(const Graph& graph);

/// Changes constants of that kind to numbers just as good and not farther out than needed: padding becomes the least
/// number of the range, a mask one that leaves less than half an int8 step of its probability, infinity in a comparison
/// one beyond all others. `ranges` are those of the numbers that count, by ValueId; they become wide enough for the
/// masked ones, and get an entry for each constant that is added.
void settle_never_chosen(Graph& graph, std::vector<Range>& ranges);

}  // namespace mirim
