#pragma once

#include "mirim/compile/choose_chains.hpp"
#include "mirim/compile/place.hpp"
#include "mirim/compile/plan.hpp"
#include "mirim/machine/optimize.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

/// What several plans of one graph for one target share.
struct ScheduleMemory {
  /// Nodes as their kernels, by what these save.
  struct Lowered {
    std::vector<Choice> choices{};
    Sharing sharing{};
  };
  std::vector<KernelCall> plain{};  ///< by node: of the kernels that every machine has
  std::map<Optimize, Lowered> lowered{};
  ChainMemory chains{};
  PlaceMemory places{};
};

/// Lowers every node to the kernel that the target offers (`choose_kernel`), and chooses the order of least peak
/// memory. A result overwrites an input if the kernel may and no later node reads that input; RESHAPE shares its
/// input's memory. The search is exact up to 20,000 sets of finished nodes (any chain, ResNet-like graphs). Beyond that
/// it takes the better of the graph's own order and a greedy one. Neighbours in that order run as chains where
/// `optimize` gains by it. From here on the order is fixed: the buffers' lifetimes are known, their offsets and the
/// constants are not. With `input_rows` the one input of the graph is Plan::pushed. Throws Error that names the node
/// without a device kernel, or the input that a layer needs whole.
/// `memory` is of this graph and target only.
Plan schedule(const Graph& graph, const Target& target, Optimize optimize, bool input_rows, ScheduleMemory& memory);

}  // namespace mirim
