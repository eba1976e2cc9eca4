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

  /// Runs the nodes until it comes to node `count`; calls `after`, if it is given, with each one that ran. Throws Error
  /// if a loop has more rounds than its LOOP permits.
  void run(const std::vector<std::function<void()>>& nodes, std::size_t count,
           const std::function<void(int node)>& after = {});

 private:
  // What a marker does: LOOP, LOOP_WHILE, LOOP_END, BRANCH, BRANCH_ELSE.
  enum class Kind { enter, leave_unless, repeat, skip_unless, skip };
  struct Jump {
    Kind kind;
    std::size_t to;                        // leave_unless and skip_unless only if the condition is false
    const std::byte* condition = nullptr;  // of these two
    std::size_t loop = 0;                  // of the first three: which count of rounds
    std::int64_t most_rounds = 0;          // of leave_unless
    std::string name{};                    // of its loop, for the message
  };

  std::vector<Jump> jumps_;           // in the order of the nodes
  std::vector<int> jump_of_;          // by node, -1: none
  std::vector<std::int64_t> rounds_;  // by loop
};

}  // namespace mirim
