#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// FULLY_CONNECTED on the flattened input, or with `keep_num_dims` along its last axis (each step of a sequence by
/// itself); then BATCH_NORM if asked for, then the activation.
struct FullyConnectedLayer {
  std::int64_t units = 0;
  bool bias = true;
  bool keep_num_dims = false;
  bool batch_norm = false;
  std::string activation = "linear";
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "fully_connected"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// FULLY_CONNECTED along the last axis, with NAME/weights and NAME/bias, before the activation of this name.
ValueId dense_along_features(Builder& builder, ValueId x, std::int64_t units, bool bias, const std::string& activation,
                             const std::string& name);

}  // namespace mirim
