#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// Radial basis functions: unit u gives exp(-|x - c_u|^2 / (2 w_u^2)), how near the input is to its centre, in the
/// operators FULLY_CONNECTED, MUL, SUM, ADD and EXP. Before a rule has set them centres are random and widths are 1.
struct RadialBasisLayer {
  std::int64_t units = 0;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "rbf"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
