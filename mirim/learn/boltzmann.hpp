#pragma once

#include <cstdint>
#include <functional>
#include <span>
#include <vector>

#include "mirim/base/random.hpp"

namespace mirim {

/// A Boltzmann machine: units of 0 or 1, of which a state s has the probability exp(G(s)) / Z,
///   G(s) = sum_i b_i s_i + sum_{i<j} w_ij s_i s_j
struct BoltzmannMachine {
  std::int64_t units = 0;
  std::vector<double> weights{};  ///< w [units, units], symmetric, 0 on the diagonal
  std::vector<double> biases{};   ///< b [units]
};

/// Bit i is unit i.
using UnitStates = std::uint32_t;

/// Most units whose states are all visited.
inline constexpr std::int64_t kMostBoltzmannUnits = 20;

/// exp(G) of the 2^free states in which the units from `first` on, `free` of them, take every value and the others stay
/// as in `fixed`, up to a common factor: the largest is 1. State k of these has bits `fixed | k << first`.
std::vector<double> state_weights(const BoltzmannMachine& machine, std::int64_t first, std::int64_t free,
                                  UnitStates fixed);

/// Exact means <s_i s_j> over all states [units, units]; on the diagonal <s_i>.
std::vector<double> co_occurrences(const BoltzmannMachine& machine);

/// The units in their order: a visible group that is the input, a hidden one, and a visible one that is the answer.
/// Each is joined inside and the hidden one to both; the visible groups are not joined to each other.
struct BoltzmannGroups {
  std::int64_t inputs = 0;
  std::int64_t hidden = 0;
  std::int64_t outputs = 0;

  std::int64_t units() const { return inputs + hidden + outputs; }
};

struct BoltzmannOptions {
  std::int64_t cycles = 4000;
  std::int64_t samples = 80;  ///< states of either phase in a cycle
  double rate = 0.2;          ///< step of a weight, up or down
  double decay = 0.003;       ///< part of each weight that a cycle takes away
  double noise_on = 0.15;     ///< part of a pattern's 1s that are shown as 0
  double noise_off = 0.05;    ///< part of its 0s that are shown as 1
};

struct BoltzmannResult {
  BoltzmannMachine machine{};
  std::int64_t cycles = 0;  ///< after which it ended
  std::int64_t told_apart =
      0;  ///< the first after which outputs have codes of their own and the largest ones are right; 0: never
  std::int64_t patterns = 0;  ///< different ones
  std::int64_t right = 0;     ///< of these, with each output on the right side of 0.5
};

/// Learns patterns by the rule of Ackley, Hinton and Sejnowski ("A learning algorithm for Boltzmann machines", 1985):
/// in each cycle a weight goes one step up if its two units are on together more often with noisy patterns on the
/// visible units than in states of the machine's own, else down. Both are drawn from the exact distributions. Ends
/// early once patterns with other outputs have other codes and mean_outputs gives every bit of every pattern; else the
/// best machine that it saw is the result. Pattern: bits of the visible units, hidden ones 0.
BoltzmannResult learn_patterns(const BoltzmannGroups& groups, std::span<const UnitStates> patterns, std::int64_t sweeps,
                               const BoltzmannOptions& options, Random& random,
                               const std::function<void()>& each_cycle = {});

/// What the mean field makes of an input alone, before the last sigmoid [outputs]: d = b + W x of the hidden and output
/// units, s = sigmoid(d), and then `sweeps` times u = d + W s, s = (s + sigmoid(u)) / 2. The result is the last u.
std::vector<double> mean_outputs(const BoltzmannMachine& machine, const BoltzmannGroups& groups, UnitStates input,
                                 std::int64_t sweeps);

/// The most likely state of the hidden units with a pattern on the visible ones: the pattern's code.
UnitStates hidden_code(const BoltzmannMachine& machine, const BoltzmannGroups& groups, UnitStates pattern);

}  // namespace mirim
