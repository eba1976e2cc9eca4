#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// A liquid state machine's liquid (Maass, Natschlaeger and Markram, 2002): spiking units that stay as chance made
/// them. Reads a sequence [steps, features]. In each step, with the input x and the last spikes s, 0 or 1:
///   u = leak * v + V x + W s;  s = 1 where u > threshold, else 0;  v = 0 where s is 1, else u
/// The steps are cut into `segments` of equal length, and the result is the square root of how often each unit spiked
/// in each of them: [segments * units]. A square root has the same spread for rare and frequent spikes.
///
/// V is normal with deviation input_scale / sqrt(features). A part `density` of W is not 0, none on the diagonal:
/// |normal| times recurrence / sqrt(density * units), negative from a part `inhibitory` of the units, the first ones.
/// In the operators FULLY_CONNECTED, GATHER, MUL, ADD, SUB, STEP and WHILE.
struct LiquidLayer {
  std::int64_t units = 0;
  std::int64_t segments = 8;
  float leak = 0.8F;
  float threshold = 1;
  float input_scale = 2;
  float recurrence = 0.5F;
  float density = 0.1F;
  float inhibitory = 0.2F;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "liquid"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
