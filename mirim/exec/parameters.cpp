#include "mirim/exec/parameters.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/random.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/ops/elementwise_binary.hpp"

namespace mirim {
namespace {

using Role = OperandRole::Kind;

bool is_trained(Role role) {
  switch (role) {
    case Role::weights:
    case Role::bias:
    case Role::scale:
    case Role::shift:
    case Role::slope:
      return true;
    default:
      return false;
  }
}

struct Found {
  ValueId value;
  OperandRole role;
  int node;
};

std::vector<Found> find(const Graph& graph) {
  std::vector<Found> found;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (!node.op.differentiable()) continue;
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || !graph[id].is_constant() || graph[id].type.dtype != DType::float32) continue;
      if (graph[id].extras.contains(std::string(kFrozen))) continue;
      if (std::any_of(found.begin(), found.end(), [&](const Found& f) { return f.value == id; })) continue;
      const OperandRole role = node.op.role(i);
      if (is_trained(role.kind)) {
        found.push_back({id, role, static_cast<int>(n)});
      } else if (graph[id].extras.contains(std::string(kTrained))) {
        found.push_back({id, node.op.is<Mul>() ? role::scale : role::shift, static_cast<int>(n)});
      }
    }
  }
  return found;
}

/// Whether a rectifier follows the node, directly or after a batch norm, or is fused into it.
bool rectified(const Graph& graph, int node, const std::vector<std::vector<int>>& readers) {
  const Node* at = &graph.nodes[static_cast<std::size_t>(node)];
  const Node* next = nullptr;
  for (int hops = 0; hops < 3; ++hops) {
    const auto& after = readers[static_cast<std::size_t>(at->outputs[0])];
    if (after.empty()) return false;
    next = &graph.nodes[static_cast<std::size_t>(after[0])];
    if (!next->op.is<BatchNorm>() && !next->op.is<Add>()) return next->op.activation_name().rectifier;
    at = next;
  }
  return false;
}

}  // namespace

std::vector<Parameter> trainable_parameters(const Graph& graph) {
  std::vector<Parameter> parameters;
  for (const Found& f : find(graph)) parameters.push_back({f.value, f.role.kind == Role::weights});
  return parameters;
}

std::vector<ValueId> running_statistics(const Graph& graph) {
  std::vector<ValueId> statistics;
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const Role role = node.op.role(i).kind;
      if ((role == Role::mean || role == Role::variance) && node.inputs[i] != kNoValue) {
        statistics.push_back(node.inputs[i]);
      }
    }
  }
  return statistics;
}

void initialize(Graph& graph, std::uint64_t seed) {
  const auto readers = consumers(graph);
  std::uint64_t place = 0;
  for (const Found& f : find(graph)) {
    Random random(seed * 0x9e3779b97f4a7c15ULL + ++place);
    const Shape& shape = graph[f.value].type.shape;
    std::vector<float> values(static_cast<std::size_t>(shape.elements()), 0.0F);
    switch (f.role.kind) {
      case Role::weights: {
        // [O, ..., I] (OHWI, OI); depthwise is [1, H, W, O], each output reading H * W inputs.
        const int axis = std::max(f.role.axis, 0);
        const bool depthwise = axis == shape.rank() - 1;
        const auto outputs = static_cast<float>(shape[axis]);
        const auto fan_in = static_cast<float>(shape.elements()) / outputs;
        const float window = fan_in / static_cast<float>(depthwise ? 1 : shape.back());
        const float fan_out = window * (depthwise ? 1 : outputs);
        const bool he = rectified(graph, f.node, readers);
        const float limit = he ? std::sqrt(6.0F / fan_in) : std::sqrt(6.0F / (fan_in + fan_out));
        for (float& v : values) v = (2 * random.uniform() - 1) * limit;
        break;
      }
      case Role::scale:
        std::ranges::fill(values, 1.0F);
        break;
      case Role::slope:
        std::ranges::fill(values, 0.25F);
        break;
      default:
        break;
    }
    graph[f.value].constant = make_constant(values);
  }
  const auto statistics = running_statistics(graph);
  for (std::size_t i = 0; i < statistics.size(); ++i) {
    Value& value = graph[statistics[i]];
    const float start = i % 2 == 0 ? 0.0F : 1.0F;
    value.constant = make_constant(std::vector<float>(static_cast<std::size_t>(value.type.shape.elements()), start));
  }
}

float size_of_numbers(std::span<const float> values) {
  double squares = 0;
  std::int64_t count = 0;
  for (const float value : values) {
    if (value == 0) continue;
    squares += static_cast<double>(value) * static_cast<double>(value);
    ++count;
  }
  return count > 0 ? static_cast<float>(std::sqrt(squares / static_cast<double>(count))) : 0.0F;
}

}  // namespace mirim
