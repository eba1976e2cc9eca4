#pragma once

#include <functional>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// Which node runs after which: the order of the graph, but for loops and branches (mirim/graph/scopes.hpp).
class Flow {
 public:
  Flow() = default;
  /// `inputs` has the inputs of each node, valid as long as this lives. Throws Error for markers without a partner.
  Flow(const Graph& graph, const std::vector<std::vector<ConstTensorView>>& inputs);

  /// Runs the nodes until it comes to node `count`. Throws Error if a loop has more rounds than its LOOP permits.
  void run(const std::vector<std::function<void()>>& nodes, std::size_t count);

 private:
  // A marker that does something else than to go on.
  struct Jump {
    std::size_t to = 0;
    const std::byte* unless = nullptr;  // goes there only if this is false
    int loop = -1;                      // of the three markers of a loop: which count of rounds
    bool counts = false;                // LOOP_END
    std::int64_t most_rounds = 0;       // LOOP_WHILE
    std::string name{};                 // of the loop, for the message
  };

  std::vector<Jump> jumps_;           // in the order of the nodes
  std::vector<int> jump_of_;          // by node, -1: none
  std::vector<std::int64_t> rounds_;  // by loop
};

}  // namespace mirim
