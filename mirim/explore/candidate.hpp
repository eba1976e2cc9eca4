#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace mirim {

/// What one layer has instead of what its candidate says for all.
struct LayerMix {
  std::optional<double> sparsity{};
  std::optional<std::int64_t> clusters{};
  std::optional<std::int64_t> bits{};

  bool operator==(const LayerMix&) const = default;
};

/// A mix of compressions, in the order in which they are done.
struct Candidate {
  double channels = 0;                       ///< share of the multiply-adds that goes with removed channels
  double sparsity = 0;                       ///< share of zeros in each layer
  std::int64_t clusters = 0;                 ///< different weights of a layer; 0: any
  std::int64_t bits = 8;                     ///< of a weight: 8, 4 or 2
  std::map<std::string, LayerMix> layers{};  ///< exceptions, by the layer's name

  bool operator==(const Candidate&) const = default;
};

/// "channels=0.2 sparsity=0.75 clusters=0 bits=4; 'conv1' sparsity=0.5 bits=8": equal candidates have equal texts, so
/// this is also a candidate's key.
std::string to_string(const Candidate& candidate);

/// The candidate of such a text. Throws Error for another.
Candidate parse_candidate(std::string_view text);

}  // namespace mirim
