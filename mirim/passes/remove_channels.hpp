#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "mirim/passes/groups.hpp"

namespace mirim {

/// Channels to be removed of one group of `find_groups`.
struct Removal {
  const Group* group = nullptr;
  std::vector<std::int64_t> channels{};
};

/// Takes the channels out of the graph: constants with their scales and forms lose what belongs to them, shapes and the
/// constants that hold shapes follow. The network computes what it computed where the channels' results were 0 and stay
/// 0 through what follows them. The groups are those of this very graph; after a removal they must be found anew.
/// Throws Error that names the layers when a group's channels must stay, an index is not one of them or an axis would
/// vanish; the graph is then as it was.
void remove_channels(Graph& graph, std::span<const Removal> removals);
void remove_channels(Graph& graph, const Group& group, std::span<const std::int64_t> channels);

}  // namespace mirim
