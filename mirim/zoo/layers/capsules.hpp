#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

// Capsules (Sabour, Frosst and Hinton, 2017): groups of units whose vector's length says how likely a thing is there,
// and whose direction how it looks. A value of them is [capsules, size].

/// Each vector x along the last axis becomes |x|^2 / (1 + |x|^2) * x / |x|: the same direction, a length below 1.
struct SquashLayer {
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "squash"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// From capsules u_i to `units` capsules of `size` elements by agreement. Each u_i predicts each capsule j by a matrix
/// of its own, p_ij = W_ij u_i, and of what it sends a part c_ij goes to j:
///   v_j = squash(sum over i of c_ij p_ij),  c_i = softmax over j of b_i,  b_ij raised by p_ij . v_j
/// in `routings` rounds; b begins with zeros. In the operators BATCH_MATMUL, SOFTMAX, TRANSPOSE, ADD and squash's.
struct CapsulesLayer {
  std::int64_t units = 0;
  std::int64_t size = 0;
  std::int64_t routings = 3;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "capsules"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// The length of each vector along the last axis, which goes: [capsules].
struct LengthLayer {
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "length"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// Capsules all of whose elements are 0 but those of the longest.
struct LongestLayer {
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "longest"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
