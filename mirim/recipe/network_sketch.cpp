#include "mirim/recipe/network_sketch.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace mirim {
namespace {

/// Operators without weights that are layers to a reader.
constexpr std::array<std::string_view, 4> kLayers{"AVERAGE_POOL_2D", "MAX_POOL_2D", "BATCH_MATMUL", "WHILE"};

bool is_layer(const Graph& graph, const Node& node) {
  if (std::ranges::find(kLayers, node.op.name()) != kLayers.end()) return true;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    const bool weights = node.op.role(i).kind == OperandRole::Kind::weights;
    if (id != kNoValue && weights && graph[id].is_constant()) return true;
  }
  return false;
}

std::int64_t last_axis(const Shape& shape) { return shape.rank() == 0 ? 1 : shape[shape.rank() - 1]; }

}  // namespace

NetworkSketch sketch(const Graph& graph) {
  NetworkSketch found{.columns = {{"", 0}}};
  constexpr int kNowhere = -1;  // constants
  std::vector<int> column(graph.values.size(), kNowhere);
  for (const ValueId input : graph.inputs) {
    column[static_cast<std::size_t>(input)] = 0;
    found.columns[0].units += graph[input].type.shape.elements();
  }
  for (const Node& node : graph.nodes) {
    std::vector<int> from;
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && column[static_cast<std::size_t>(id)] != kNowhere) {
        from.push_back(column[static_cast<std::size_t>(id)]);
      }
    }
    if (from.empty() || node.outputs.empty()) continue;
    const auto [least, most] = std::ranges::minmax(from);
    const std::pair skip{least, most};
    if (most - least > 1 && std::ranges::find(found.skips, skip) == found.skips.end()) found.skips.push_back(skip);
    int at = most;
    if (is_layer(graph, node)) {
      ++at;
      const std::int64_t units = last_axis(graph[node.outputs[0]].type.shape);
      if (at == std::ssize(found.columns)) {
        found.columns.push_back({std::string(node.op.name()), units});
      } else {
        found.columns[static_cast<std::size_t>(at)].units += units;
      }
    }
    for (const ValueId id : node.outputs) column[static_cast<std::size_t>(id)] = at;
  }
  return found;
}

}  // namespace mirim
