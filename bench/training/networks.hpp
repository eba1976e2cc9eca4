#pragma once

#include <string>
#include <vector>

#include "bench/training/peer.hpp"
#include "mirim/graph/graph.hpp"

/// The networks that bench/train measures.
namespace mirim::benchmark {

struct Network {
  std::string name;
  bool added = false;  ///< to the first four, which have a goal of their own
  std::vector<int> batches = {1, 32, 128};
  bool rebuilds = false;  ///< learns its input by mean squared error; else classes
};

const std::vector<Network>& networks();

/// Untrained, for a batch of 1. models/*.toml are read from the working directory.
Graph graph_of(const std::string& name);

/// The same network in LibTorch's words. `graph` is for a whole batch.
peer::Network describe_to_peer(const Graph& graph, bool rebuilds);

}  // namespace mirim::benchmark
