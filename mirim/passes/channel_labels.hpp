#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The labels of one axis, one for each index: consecutive numbers.
struct AxisLabels {
  int first = 0;
  int size = 0;

  int operator[](std::int64_t index) const { return first + static_cast<int>(index); }
};

/// A label for each index of each axis of each value. Indices that can only be removed together are united; one that
/// must stay is fixed, with the reason, and so is all that is united with it.
class ChannelLabels {
 public:
  explicit ChannelLabels(const Graph& graph);

  AxisLabels axis(ValueId value, int axis) const;
  /// Labels of an axis that no value has.
  AxisLabels new_axis(std::int64_t size);

  void unite(int a, int b);
  /// Index by index; both are of one size (assert).
  void unite(AxisLabels a, AxisLabels b);

  /// The reason completes "they stay: ...". The first one given is kept.
  void fix(int label, const std::string& reason);
  void fix(AxisLabels labels, const std::string& reason);
  bool is_fixed(int label) const { return reasons_[at(root(label))] >= 0; }
  bool is_fixed(AxisLabels labels) const;  ///< every one of them
  /// Of a fixed label.
  const std::string& reason(int label) const { return texts_[at(reasons_[at(root(label))])]; }

  /// One label that stands for all that are united with it.
  int root(int label) const;

 private:
  static std::size_t at(int i) { return static_cast<std::size_t>(i); }

  std::vector<std::vector<AxisLabels>> axes_;  // by value and axis
  mutable std::vector<int> parents_;           // of the forest, by label
  std::vector<int> reasons_;                   // index into texts_ or -1, of roots
  std::vector<std::string> texts_;
};

}  // namespace mirim
