#include "mirim/compile/cost.hpp"

#include <algorithm>
#include <numeric>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/compile/emit.hpp"
#include "mirim/compile/image.hpp"
#include "mirim/compile/pack.hpp"
#include "mirim/compile/place.hpp"
#include "mirim/compile/price.hpp"
#include "mirim/compile/sharing.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/graph/layer_name.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/machine/process.hpp"
#include "mirim/passes/loop_rounds.hpp"

namespace mirim {

namespace {

// Weights and biases. Not a single number beside data, such as a factor of the input's scale; not BATCH_NORM's mean and
// variance (`running_statistics`), which a saved model lacks; not the shapes, axes and paddings that operators take as
// constants: those are integers and never quantized.
bool is_parameter(const Graph& graph, const Node& node, std::size_t input) {
  const ValueId id = node.inputs[input];
  if (id == kNoValue || !graph[id].is_constant()) return false;
  const OperandRole::Kind role = node.op.role(input).kind;
  if (role == OperandRole::Kind::mean || role == OperandRole::Kind::variance) return false;
  const Value& value = graph[id];
  if (role == OperandRole::Kind::activation && value.type.shape.elements() == 1) return false;
  const bool integer = value.type.dtype == DType::int32 || value.type.dtype == DType::int64;
  if (!integer || !value.quantization.empty()) return value.type.dtype != DType::boolean;
  // An int32 bias may come without its scale.
  return role == OperandRole::Kind::bias;
}

// The cost of an operator that mirim lacks is unknown.
std::optional<Cost> counted(const Graph& graph, const Node& node, KnownValues& known, std::string& why) {
  const auto is_open = [&](ValueId id) { return id != kNoValue && !shape_is_known(graph[id]); };
  if (std::ranges::any_of(node.inputs, is_open)) return std::nullopt;
  try {
    const Cost cost = node.op.cost(Types(known.operands(node.inputs)));
    known.learn(node);
    return cost;
  } catch (const Error& error) {
    if (why.empty()) why = fmt::format("{}: {}", node.op.name(), error.what());
    return std::nullopt;
  }
}

LayerCost layer_cost(const Graph& graph, const Node& node) {
  LayerCost layer{.name = layer_name(graph, node),
                  .op = std::string(node.op.name()),
                  .input = "",
                  .output = node.outputs.empty() ? "" : describe_type(graph[node.outputs[0]].type)};
  if (!node.outputs.empty()) layer.output_type = graph[node.outputs[0]].type;
  for (std::size_t i = 0; i < node.inputs.size(); ++i) {
    const ValueId id = node.inputs[i];
    if (id == kNoValue) continue;
    if (!graph[id].is_constant()) {
      if (layer.input.empty()) layer.input = describe_type(graph[id].type);
      layer.activation_bytes += graph[id].type.bytes();
    } else if (is_parameter(graph, node, i)) {
      layer.parameters += graph[id].type.shape.elements();
      layer.weight_bytes += graph[id].type.bytes();
    }
  }
  for (const ValueId id : node.outputs) layer.activation_bytes += id == kNoValue ? 0 : graph[id].type.bytes();
  return layer;
}

// A sum or product of what a network may have billions of billions of. Throws Error instead of passing 2^62.
template <class Operation>
std::int64_t checked(const LayerCost& layer, std::int64_t a, std::int64_t b, Operation overflows) {
  constexpr std::int64_t kMost = std::int64_t{1} << 62;
  std::int64_t result = 0;
  if (overflows(a, b, &result) || result > kMost) {
    fail("layer '{}': up to here there are more than 2^62 products; are the sizes right?", layer.name);
  }
  return result;
}
std::int64_t sum(const LayerCost& layer, std::int64_t a, std::int64_t b) {
  return checked(layer, a, b, [](auto x, auto y, auto* to) { return __builtin_add_overflow(x, y, to); });
}
std::int64_t times(const LayerCost& layer, std::int64_t a, std::int64_t b) {
  return checked(layer, a, b, [](auto x, auto y, auto* to) { return __builtin_mul_overflow(x, y, to); });
}

void add_layers(const Graph& graph, const std::vector<int>& order, ModelCost& total) {
  std::set<ValueId> seen;
  KnownValues known(graph);
  const std::vector<std::optional<std::int64_t>> runs = runs_of_nodes(graph);
  for (const int n : order) {
    const Node& node = graph.nodes[static_cast<std::size_t>(n)];
    LayerCost& layer = total.layers.emplace_back(layer_cost(graph, node));
    if (const auto cost = counted(graph, node, known, total.not_counted)) {
      layer.runs = runs[static_cast<std::size_t>(n)].value_or(1);
      layer.macs = times(layer, layer.runs, cost->macs);
      layer.operations = times(layer, layer.runs, cost->operations);
      if (node.op.is<Loop>() && total.not_counted.empty() && !runs[static_cast<std::size_t>(n)]) {
        total.not_counted =
            fmt::format("the rounds of the loop '{}' depend on the input: its layers are counted once", layer.name);
      }
    } else {
      layer.counted = false;
    }
    total.macs = sum(layer, total.macs, layer.macs);
    total.operations = sum(layer, total.operations, layer.operations);
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      if (!is_parameter(graph, node, i) || !seen.insert(node.inputs[i]).second) continue;
      total.parameters += graph[node.inputs[i]].type.shape.elements();
      total.weight_bytes += graph[node.inputs[i]].type.bytes();
    }
  }
}

std::vector<int> nodes_in_order(const Graph& graph) {
  std::vector<int> order(graph.nodes.size());
  std::iota(order.begin(), order.end(), 0);
  return order;
}

std::vector<ArenaBlock> arena_blocks(const Plan& plan) {
  std::vector<ArenaBlock> blocks;
  for (const Buffer& b : plan.buffers) {
    blocks.push_back({buffer_name(plan, b), b.offset, b.bytes, b.first, b.last});
  }
  return blocks;
}

// Activations alive at once if nothing is done in place: for models that no device can run as they are.
std::int64_t peak_of_activations(const Graph& graph, const std::vector<int>& order) {
  const Sharing sharing = share(graph, std::vector<KernelCall>(graph.nodes.size()));
  std::vector<Buffer> buffers(sharing.tensors.size());
  const auto end = static_cast<int>(order.size());
  for (std::size_t t = 0; t < buffers.size(); ++t) {
    const Sharing::Tensor& tensor = sharing.tensors[t];
    buffers[t] = {.bytes = tensor.bytes, .first = tensor.given ? -1 : end, .last = tensor.kept ? end : -1};
  }
  for (int time = 0; time < end; ++time) {
    const Sharing::Task& task = sharing.tasks[static_cast<std::size_t>(order[static_cast<std::size_t>(time)])];
    for (const int t : task.makes) {
      Buffer& b = buffers[static_cast<std::size_t>(t)];
      b.first = std::min(b.first, time);
      b.last = std::max(b.last, time);
    }
    for (const int t : task.reads) {
      Buffer& b = buffers[static_cast<std::size_t>(t)];
      b.first = std::min(b.first, time);  // scratch memory of a foreign operator, which no node makes
      b.last = std::max(b.last, time);
    }
  }
  return peak_of_live_bytes(buffers);
}

/// Nothing, and why, if it does not compile.
std::optional<Artifact> compiled(const Graph& graph, const CompileOptions& options, std::string& why_not) {
  CompileOptions without_device = options;
  without_device.target = choose_target(options.target, options.device).name;
  without_device.device.clear();  // `fit` checks whether it fits
  try {
    return compile(graph, without_device);
  } catch (const Error& error) {
    why_not = error.what();
    return std::nullopt;
  }
}

}  // namespace

std::int64_t ModelCost::cycles() const {
  std::int64_t sum = 0;
  for (const LayerCost& layer : layers) sum += layer.cycles;
  return sum;
}

ModelCost count(const Graph& graph) {
  ModelCost total;
  add_layers(graph, nodes_in_order(graph), total);
  return total;
}

ModelCost cost(const Graph& graph, const CompileOptions& options) {
  throw_first(examine(graph).problems);
  ModelCost total;
  const std::optional<Artifact> artifact = compiled(graph, options, total.not_deployable);
  if (!artifact) {
    add_layers(graph, nodes_in_order(graph), total);
    total.compiled_parameters = total.parameters;
    total.compiled_weight_bytes = total.weight_bytes;
    total.peak_activation_bytes = peak_of_activations(graph, nodes_in_order(graph));
    return total;
  }
  const Plan& plan = artifact->plan;
  std::vector<int> order;
  for (const Step& step : plan.steps) order.push_back(step.node);
  add_layers(plan.graph, order, total);
  // The model as given, as every command counts it; the compiler makes its own tables.
  const ModelCost given = count(graph);
  total.compiled_parameters = total.parameters;
  total.compiled_weight_bytes = total.weight_bytes;
  total.parameters = given.parameters;
  total.weight_bytes = given.weight_bytes;
  const std::vector<CycleCount> cycles = cycles_of_steps(plan);
  for (std::size_t s = 0; s < order.size(); ++s) {
    total.layers[s].arena_bytes = live_bytes(plan.buffers, static_cast<int>(s));
    total.layers[s].cycles = cycles[s].core;
  }
  total.peak_activation_bytes = plan.peak_bytes;
  total.memory = artifact->memory;
  total.arena = arena_blocks(plan);
  return total;
}

}  // namespace mirim
