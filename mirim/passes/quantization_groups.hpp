#pragma once

#include <numeric>
#include <optional>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Values that must share one quantization: MAX_POOL_2D's input and output, for instance.
class Groups {
 public:
  explicit Groups(std::size_t values) : parent_(values), fixed_(values) {
    std::iota(parent_.begin(), parent_.end(), 0);
  }

  std::size_t root(ValueId id) const {
    auto i = static_cast<std::size_t>(id);
    while (parent_[i] != i) i = parent_[i];
    return i;
  }
  const std::optional<Quantization>& fixed(ValueId id) const { return fixed_[root(id)]; }
  void fix(ValueId id, const Quantization& quantization) { fixed_[root(id)] = quantization; }
  /// Unless both are fixed and differ: then the node between them rescales.
  void unite(ValueId a, ValueId b) {
    const std::size_t i = root(a), j = root(b);
    if (i == j || (fixed_[i] && fixed_[j] && *fixed_[i] != *fixed_[j])) return;
    if (!fixed_[i]) fixed_[i] = fixed_[j];
    parent_[j] = i;
  }

 private:
  std::vector<std::size_t> parent_;
  std::vector<std::optional<Quantization>> fixed_;
};

}  // namespace mirim
