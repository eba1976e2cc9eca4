#pragma once

#include <cstdint>
#include <vector>

#include "mirim/exec/player.hpp"
#include "mirim/train/fit.hpp"

namespace mirim {

/// How the game ended.
struct GameResult {
  std::vector<EpochRecord> history;  ///< the loss is the sum of the players'
  std::vector<float> losses;         ///< of each player, mean of the last epoch
  bool interrupted = false;
};

/// Lets the players move in turn, one training step each, and stores what they have learnt in the graph. Every move has
/// a batch and random inputs of its own. Of `options` epochs, batch, threads, seed, optimizer, schedule, begins,
/// progress and stop are used. Throws Error for a player without weights or losses, a loss that does not depend on
/// its player's weights, and numbers that are not finite, with player and batch.
GameResult play(Graph& graph, const Players& players, BatchSource& training, const FitOptions& options);

/// How much the samples differ that the graph makes in output 0, as a part of how much those of the source do: the
/// ratio of the mean variances of an element. Near 0 the game has collapsed. Over `count` of each.
double variety(const Graph& graph, BatchSource& source, std::int64_t count, std::uint64_t seed);

}  // namespace mirim
