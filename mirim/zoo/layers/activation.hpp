#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// One of `activation_names()`.
struct ActivationLayer {
  std::string kind = "relu";
  std::optional<float> alpha{};  ///< slope below 0: leaky_relu's (default 0.01), or prelu's initial one (0.25)
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return kind; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

/// The activation of a value; the value itself for "linear". Throws Error for an unknown one.
ValueId activated(Builder& builder, ValueId id, const std::string& kind, std::optional<float> alpha,
                  const std::string& name);

}  // namespace mirim
