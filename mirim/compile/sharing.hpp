#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "mirim/graph/graph.hpp"

namespace mirim {

/// The part of a graph that decides an order's memory: tensors (values that are copies of each other are one), and the
/// nodes that make and read them.
struct Sharing {
  struct Tensor {
    std::int64_t bytes = 0;
    std::vector<ValueId> values{};
    std::vector<int> readers{};  ///< nodes
    bool given = false;          ///< exists before the first node: an input of the graph or a variable
    bool kept = false;           ///< needed after the last: an output or a variable
  };
  struct Task {
    std::vector<int> needs{};          ///< nodes that must run before
    std::vector<int> makes{};          ///< tensors
    std::vector<int> reads{};          ///< tensors, each once
    std::vector<int> may_take_over{};  ///< tensors that the first result may overwrite
    std::int64_t scratch = 0;
  };
  std::vector<Tensor> tensors{};
  std::vector<int> tensor_of{};  ///< by ValueId, -1 for constants
  std::vector<Task> tasks{};     ///< by node
};

/// What a node copies as it is: RESHAPE, or ASSIGN_VARIABLE.
struct Copied {
  ValueId from = kNoValue;
  ValueId to = kNoValue;
};

/// Nothing if the node does something else.
std::optional<Copied> copied(const Graph& graph, const Node& node, const KernelCall& call);

/// `calls` has the kernel call of each node. What is made to be assigned to a variable is made in its place where
/// nobody needs the old content any more. Nodes stay in their loop or branch (mirim/graph/scopes.hpp).
Sharing share(const Graph& graph, const std::vector<KernelCall>& calls);

/// The nodes in the order of least peak memory; see `schedule`.
std::vector<int> order_of_least_peak(const Sharing& sharing);

/// Bytes alive between two steps, when the nodes of `done` ran. They do not depend on their order.
std::int64_t live_bytes(const Sharing& sharing, const std::vector<bool>& done);

/// Bytes alive while `node` runs after `done`, its scratch among them. `live` is live_bytes(sharing, done).
std::int64_t bytes_during(const Sharing& sharing, const std::vector<bool>& done, std::int64_t live, int node);

/// The tensor that task `node` overwrites if the nodes of `done` ran before it; -1 for none.
int taken_over(const Sharing& sharing, const std::vector<bool>& done, int node);

}  // namespace mirim
