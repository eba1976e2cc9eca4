#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// An associative memory (Hopfield, 1982): units of -1 and 1, each the sign of what the others send it, until nothing
/// changes. Unit i belongs to block i mod `blocks`. Units of one block do not see each other, so a block is updated at
/// once with the result of one unit after the other: the energy never rises. In the operators GATHER, FULLY_CONNECTED
/// with RELU_N1_TO_1 (for each block), DYNAMIC_UPDATE_SLICE and WHILE, which runs `sweeps` times.
struct HopfieldLayer {
  std::int64_t units = 0;  ///< as many as the input has elements
  std::int64_t blocks = 14;
  std::int64_t sweeps = 5;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "hopfield"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
