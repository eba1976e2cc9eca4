#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace mirim {

/// The tables of a markov layer (mirim/zoo/layers/markov.hpp).
struct Chain {
  std::int64_t symbols = 0;
  std::int64_t states = 0;           ///< used ones; state 0 is the empty context
  std::vector<std::int16_t> next{};  ///< [states, symbols]: the longest context that is kept
  std::vector<float> log_chances{};  ///< [states, symbols], natural logarithms
  std::vector<double> entropies{};  ///< F1, F2, ... in bits (Shannon, 1951): of a symbol, given the 0, 1, ... before it
};

/// Counts what follows each context of up to `order` symbols, and keeps the `most_states` most frequent contexts.
/// Chances are Witten and Bell's (1991): a context that has been seen n times with t different symbols after it gives
/// its shorter one t parts of n + t. `histories` holds `order` symbols for each of `followers`, the newest last.
Chain count_chain(std::span<const std::int32_t> histories, std::span<const std::int32_t> followers, std::int64_t order,
                  std::int64_t symbols, std::int64_t most_states);

}  // namespace mirim
