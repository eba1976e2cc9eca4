#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// FULLY_CONNECTED on the flattened input, then BATCH_NORM if asked for, then the activation.
struct FullyConnectedLayer {
  std::int64_t units = 0;
  bool bias = true;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "fully_connected"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
