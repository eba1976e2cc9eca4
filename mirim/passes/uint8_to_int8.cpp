#include "mirim/passes/uint8_to_int8.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <utility>

#include "mirim/ops/quantize.hpp"
#include "mirim/passes/same_in_int8.hpp"

namespace mirim {
namespace {

// On a Cortex-M4, in instructions: a product costs about 7 in uint8 and 2 in int8, an element of a QUANTIZE about 47.
constexpr std::int64_t kSavedForProduct = 5;
constexpr std::int64_t kCostOfElement = 47;

std::size_t at(std::int64_t i) { return static_cast<std::size_t>(i); }

bool is_uint8(const Graph& graph, ValueId id) {
  return id != kNoValue && graph[id].type.dtype == DType::uint8 && !graph[id].is_constant();
}

/// Nodes that share a uint8 value are converted together or not at all.
class Regions {
 public:
  Regions(const Graph& graph, const std::vector<std::optional<Int8Node>>& nodes) : region_(graph.nodes.size()) {
    std::iota(region_.begin(), region_.end(), 0);
    std::vector<int> first(graph.values.size(), -1);
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      if (!nodes[n]) continue;
      for (const auto* ids : {&graph.nodes[n].inputs, &graph.nodes[n].outputs}) {
        for (const ValueId id : *ids) {
          if (!is_uint8(graph, id)) continue;
          int& other = first[at(id)];
          if (other < 0) other = static_cast<int>(n);
          region_[at(of(static_cast<int>(n)))] = of(other);
        }
      }
    }
  }

  int of(int node) const {
    while (region_[at(node)] != node) node = region_[at(node)];
    return node;
  }

 private:
  std::vector<int> region_;
};

/// Where values are made and read, among the converted nodes and the others.
struct Uses {
  std::vector<char> made_in_int8, read_in_int8, read_in_uint8;  ///< by ValueId

  Uses(const Graph& graph, const std::vector<std::optional<Int8Node>>& nodes)
      : made_in_int8(graph.values.size(), 0), read_in_int8(made_in_int8), read_in_uint8(made_in_int8) {
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      for (const ValueId id : graph.nodes[n].inputs) {
        if (is_uint8(graph, id)) (nodes[n] ? read_in_int8 : read_in_uint8)[at(id)] = 1;
      }
      for (const ValueId id : graph.nodes[n].outputs) {
        if (is_uint8(graph, id) && nodes[n]) made_in_int8[at(id)] = 1;
      }
    }
    for (const ValueId id : graph.outputs) read_in_uint8[at(id)] = 1;
  }

  /// Whether both types of the value are needed.
  bool is_border(ValueId id) const { return made_in_int8[at(id)] ? read_in_uint8[at(id)] : read_in_int8[at(id)]; }
};

/// Leaves the nodes of regions in uint8 where too few products pay for the borders.
void keep_what_pays(const Graph& graph, std::vector<std::optional<Int8Node>>& nodes) {
  const Regions regions(graph, nodes);
  const Uses uses(graph, nodes);
  std::map<int, std::int64_t> saved;
  std::vector<char> counted(graph.values.size(), 0);
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (!nodes[n]) continue;
    std::int64_t& of_region = saved[regions.of(static_cast<int>(n))];
    const Node& node = graph.nodes[n];
    of_region += kSavedForProduct * node.op.cost(Types(operands(graph, node.inputs))).macs;
    for (const auto* ids : {&node.inputs, &node.outputs}) {
      for (const ValueId id : *ids) {
        if (!is_uint8(graph, id) || !uses.is_border(id) || std::exchange(counted[at(id)], 1)) continue;
        of_region -= kCostOfElement * graph[id].type.shape.elements();
      }
    }
  }
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    if (nodes[n] && saved[regions.of(static_cast<int>(n))] <= 0) nodes[n].reset();
  }
}

class Conversion {
 public:
  Conversion(Graph& graph, std::vector<std::optional<Int8Node>> nodes)
      : graph_(graph), nodes_(std::move(nodes)), uses_(graph, nodes_), int8_(graph.values.size(), kNoValue) {}

  void run() {
    for (std::size_t n = 0; n < nodes_.size(); ++n) {
      Node node = graph_.nodes[n];
      if (!nodes_[n]) {
        made_.push_back(std::move(node));
        continue;
      }
      convert(std::move(node), *nodes_[n]);
    }
    graph_.nodes = std::move(made_);
    remove_unused_values(graph_);
  }

 private:
  /// The value in int8: itself where no one needs it in uint8.
  ValueId int8_of(ValueId id) {
    ValueId& made = int8_[at(id)];
    if (made != kNoValue) return made;
    if (!uses_.is_border(id)) {
      set_int8(graph_[id]);
      return made = id;
    }
    Value value = graph_[id];
    set_int8(value);
    value.name += "/int8";
    const ValueId copy = graph_.add(std::move(value));
    return int8_[at(id)] = copy;
  }

  void quantize(ValueId from, ValueId to) {
    made_.push_back({.op = Quantize{.to = graph_[to].type.dtype}, .inputs = {from}, .outputs = {to}});
  }

  void convert(Node node, const Int8Node& as) {
    std::vector<std::pair<ValueId, ValueId>> back;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      ValueId& id = node.inputs[i];
      if (i < as.constants.size() && as.constants[i]) {
        id = graph_.add(Value(*as.constants[i]));
      } else if (id != kNoValue && at(id) < int8_.size() && (int8_[at(id)] != kNoValue || is_uint8(graph_, id))) {
        const bool first = int8_[at(id)] == kNoValue;
        const ValueId from = id;
        id = int8_of(id);
        if (first && !uses_.made_in_int8[at(from)]) quantize(from, id);
      }
    }
    for (ValueId& id : node.outputs) {
      if (!is_uint8(graph_, id)) continue;
      const ValueId from = id;
      id = int8_of(id);
      if (id != from) back.emplace_back(id, from);
    }
    // A layer keeps its name where only its result is another value.
    if (node.name.empty() && !back.empty()) node.name = graph_[back[0].second].name;
    node.op = as.op;
    made_.push_back(std::move(node));
    for (const auto& [in_int8, in_uint8] : back) quantize(in_int8, in_uint8);
  }

  Graph& graph_;
  std::vector<std::optional<Int8Node>> nodes_;
  Uses uses_;
  std::vector<ValueId> int8_;  ///< by ValueId; a value that was changed in place is its own
  std::vector<Node> made_;
};

}  // namespace

void uint8_to_int8(Graph& graph) {
  std::vector<std::optional<Int8Node>> nodes;
  for (const Node& node : graph.nodes) nodes.push_back(same_in_int8(graph, node));
  keep_what_pays(graph, nodes);
  if (std::ranges::none_of(nodes, [](const auto& node) { return node.has_value(); })) return;
  Conversion(graph, std::move(nodes)).run();
}

}  // namespace mirim
