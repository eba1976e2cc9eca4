#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// ADD, SUB or MUL of two values of shapes that broadcast, then the activation.
struct JoinLayer {
  enum class Kind { add, mul, sub };
  Kind kind = Kind::add;
  std::string activation = "linear";
  std::string name{};
  std::vector<ValueId> from{};

  std::string_view type() const { return kind == Kind::add ? "add" : kind == Kind::mul ? "mul" : "sub"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// CONCATENATION along the channels.
struct ConcatenationLayer {
  std::string name{};
  std::vector<ValueId> from{};

  std::string_view type() const { return "concatenation"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
