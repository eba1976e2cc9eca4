#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "mirim/exec/player.hpp"
#include "mirim/train/fit.hpp"

namespace mirim {

/// How the game ended.
struct GameResult {
  std::vector<EpochRecord> history;  ///< the loss is the sum of the players'
  std::vector<float> losses;         ///< of each player, mean of the last epoch
  bool interrupted = false;
  int epoch = 0;      ///< whose weights were stored: the last that was not bad
  std::string fault;  ///< of a game that ended early: numbers that are not finite, with player and batch
};

/// Lets the players move in turn, one training step each, and stores what they have learnt in the graph. Every move has
/// a batch and random inputs of its own. Of `options` epochs, batch, threads, seed, optimizer, schedule, begins,
/// progress and stop are used. `bad` is asked after each epoch about the graph as it is then; the graph ends as it was
/// after the last epoch that was not bad, or the last one if all were. Throws Error for a player without weights or
/// losses, a loss that does not depend on its player's weights, and numbers that are not finite before an epoch has
/// ended.
GameResult play(Graph& graph, const Players& players, BatchSource& training, const FitOptions& options,
                const std::function<bool(const Graph&)>& bad = {});

/// How much the samples differ that the graph makes in output 0, in raw numbers, as a part of how much those of the
/// source do: the ratio of the mean variances of an element. Near 0 the game has collapsed. Over `count` of each.
double variety(const Graph& graph, BatchSource& source, std::int64_t count, std::uint64_t seed);

}  // namespace mirim
