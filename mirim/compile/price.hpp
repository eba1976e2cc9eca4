#pragma once

#include <cstdint>
#include <vector>

#include "mirim/compile/plan.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/machine/cycles.hpp"
#include "mirim/machine/target.hpp"

namespace mirim {

/// The cycles of each step of the plan, from the prices of the kernels that were chosen (`Considered::cycles` and
/// `flash_read`): known before anything is built. A step of a chain has all its calls. docs/device-cycles.md says how
/// near the trace they are.
std::vector<CycleCount> cycles_of_steps(const Plan& plan);

/// The same from memory without wait states for a whole graph, without a plan: each node by the kernel that the target
/// offers for whole tensors. A float graph is priced as the int8 one that `quantize` makes of it with any ranges, if it
/// can (`prepare_for_quantization` first, if batch norm is still in it). Throws Error that names a node without a
/// device kernel.
std::int64_t estimate_cycles(Graph graph, const Target& target);

}  // namespace mirim
