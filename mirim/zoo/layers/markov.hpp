#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "mirim/zoo/layer.hpp"

namespace mirim {

class Builder;

/// A Markov chain: the logarithms of the chances of each symbol to be next, from the last ones, int32 [order]. Contexts
/// are states, at most `states` of them; each symbol leads from one to the next. In GATHER and whole numbers only. A
/// rule
/// (`counting`) sets the two tables.
struct MarkovLayer {
  std::int64_t symbols = 0;
  std::int64_t states = 0;
  std::string name{};
  std::optional<ValueId> from{};

  std::string_view type() const { return "markov"; }
  void keys(LayerKeys& k);
  ValueId append(Builder& builder) const;
};

}  // namespace mirim
