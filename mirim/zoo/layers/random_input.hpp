#pragma once

#include <string>
#include <string_view>

#include "mirim/graph/shape.hpp"
#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// One more input of the network, of random numbers that are drawn anew in each run (graph/random_input.hpp).
struct RandomInputLayer {
  Shape shape{};
  std::string distribution = "normal";
  std::string name{};

  std::string_view type() const { return "random_input"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
