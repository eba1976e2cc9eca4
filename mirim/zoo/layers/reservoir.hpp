#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// A recurrent layer that stays as chance made it (Jaeger, 2001), one step a run: h becomes (1 - leak) h + leak tanh(V
/// x + W h + b), and is the result. Its state h is a variable. V is +-input_scale and b +-bias, each by chance;
/// `density` of W's numbers are normal, the others 0, and W is scaled to the spectral radius: the largest size of an
/// eigenvalue.
struct ReservoirLayer {
  std::int64_t units = 0;
  float spectral_radius = 0.9F;
  float leak = 1;
  float input_scale = 1;
  float bias = 0;
  float density = 0.1F;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "reservoir"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
