#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// A Boltzmann machine that answers: its input is a visible group, its result another one of `units`; `hidden` units
/// stand between them (mirim/learn/boltzmann.hpp). Chance is left out: units are their means, which `sweeps` rounds of
/// the mean field find (mean_outputs), in the operators FULLY_CONNECTED, ADD, LOGISTIC and MUL. The result is before
/// the last sigmoid: above 0 a unit is more likely on than off. Before a rule has set them the weights are random.
struct BoltzmannLayer {
  std::int64_t units = 0;
  std::int64_t hidden = 0;
  std::int64_t sweeps = 12;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "boltzmann"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
