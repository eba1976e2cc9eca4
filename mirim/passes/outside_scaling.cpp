#include "mirim/passes/outside_scaling.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <optional>

#include "mirim/graph/match.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/passes/linear.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

/// factor * x + term, for each channel.
struct Affine {
  std::vector<double> factor{};
  std::vector<double> term{};

  explicit Affine(std::size_t channels) : factor(channels, 1.0), term(channels, 0.0) {}

  /// This, followed by f for channel c.
  template <class F>
  void then(F f) {
    for (std::size_t c = 0; c < factor.size(); ++c) f(c);
  }
};

Affine affine_of(const Scaling& scaling, std::size_t channels) {
  Affine result(channels);
  for (std::size_t c = 0; c < channels && !scaling.empty(); ++c) {
    const std::size_t i = c % scaling.mean.size();
    result.factor[c] = 1 / double{scaling.deviation[i]};
    result.term[c] = -double{scaling.mean[i]} / double{scaling.deviation[i]};
  }
  return result;
}

Scaling made_of(const Affine& affine) {
  Scaling result;
  for (std::size_t c = 0; c < affine.factor.size(); ++c) {
    result.mean.push_back(static_cast<float>(-affine.term[c] / affine.factor[c]));
    result.deviation.push_back(static_cast<float>(1 / affine.factor[c]));
  }
  return result;
}

bool all_positive(const std::vector<float>& values) {
  return std::ranges::all_of(values, [](float v) { return v > 0 && std::isfinite(v); });
}

/// x - constant or x / constant.
template <class T>
std::optional<ChannelStep> step_by_second(const Graph& graph, const Node& node) {
  if (!node.op.is<T>() || node.inputs.size() != 2) return std::nullopt;
  const ValueId x = node.inputs[0];
  if (x == kNoValue || graph[x].is_constant() || graph[x].type != graph[node.outputs[0]].type) return std::nullopt;
  const auto values = channel_constant(graph, node.inputs[1], graph[x].type.shape.back());
  return values ? std::optional(ChannelStep{x, *values}) : std::nullopt;
}

/// Appends the node to `affine`; false if it is none of the four by a constant (factors above 0).
bool follow(const Graph& graph, const Node& node, Affine& affine) {
  if (graph[node.outputs[0]].type.shape.rank() < 1 || !without_activation(node.op)) return false;
  if (const auto mul = channel_step<Mul>(graph, node); mul && all_positive(mul->values)) {
    affine.then([&](std::size_t c) {
      affine.factor[c] *= double{mul->values[c]};
      affine.term[c] *= double{mul->values[c]};
    });
    return true;
  }
  if (const auto div = step_by_second<Div>(graph, node); div && all_positive(div->values)) {
    affine.then([&](std::size_t c) {
      affine.factor[c] /= double{div->values[c]};
      affine.term[c] /= double{div->values[c]};
    });
    return true;
  }
  const auto finite = [](const std::optional<ChannelStep>& step) {
    return step && std::ranges::all_of(step->values, [](float v) { return std::isfinite(v); });
  };
  if (const auto add = channel_step<Add>(graph, node); finite(add)) {
    affine.then([&](std::size_t c) { affine.term[c] += double{add->values[c]}; });
    return true;
  }
  if (const auto sub = step_by_second<Sub>(graph, node); finite(sub)) {
    affine.then([&](std::size_t c) { affine.term[c] -= double{sub->values[c]}; });
    return true;
  }
  return false;
}

bool is_float_port(const Graph& graph, const std::vector<ValueId>& ids) {
  return !ids.empty() && graph[ids[0]].type.dtype == DType::float32 && !graph[ids[0]].is_constant() &&
         graph[ids[0]].type.shape.rank() >= 1 && graph[ids[0]].type.shape.back() > 0;
}

/// Whether one scale for all channels would cost resolution: their numbers differ much, or 0 is far outside of their
/// range.
bool matters(const Scaling& scaling) {
  constexpr float kFar = 6;  // deviations: below it 0 costs less than half of the steps
  const auto differs = [&](std::size_t c) {
    return scaling.mean[c] != scaling.mean[0] || scaling.deviation[c] != scaling.deviation[0];
  };
  for (std::size_t c = 0; c < scaling.mean.size(); ++c) {
    if (differs(c) || std::fabs(scaling.mean[c]) > kFar * scaling.deviation[c]) return true;
  }
  return false;
}

std::vector<float> inverse(std::vector<float> values) {
  for (float& v : values) v = 1 / v;
  return values;
}

std::vector<float> negative(std::vector<float> values) {
  for (float& v : values) v = -v;
  return values;
}

/// A node T of `x` and one number per channel, before node `at`; returns its result, `name`.
template <class T>
ValueId insert(Graph& graph, std::size_t at, ValueId x, const std::vector<float>& values, const std::string& name,
               const char* constant) {
  const ValueId operand = add_constant(graph, name + constant, {std::ssize(values)}, values);
  const ValueId result = graph.add(Value{.name = name, .type = graph[x].type});
  graph.nodes.insert(graph.nodes.begin() + static_cast<std::ptrdiff_t>(at),
                     Node{.op = T{}, .inputs = {x, operand}, .outputs = {result}, .name = name});
  return result;
}

}  // namespace

bool take_out_input_scaling(Graph& graph, bool always) {
  if (!is_float_port(graph, graph.inputs)) return false;
  const ValueId input = graph.inputs[0];
  const auto channels = static_cast<std::size_t>(graph[input].type.shape.back());
  Affine affine = affine_of(scaling_of(graph[input]), channels);
  std::vector<int> chain;
  const Links links(graph);
  for (ValueId at = input;;) {
    const int reader = links.only_reader(at);
    if (reader < 0 || !follow(graph, graph.nodes[static_cast<std::size_t>(reader)], affine)) break;
    chain.push_back(reader);
    at = graph.nodes[static_cast<std::size_t>(reader)].outputs[0];
  }
  const Scaling scaling = made_of(affine);
  if (chain.empty() || !(always || matters(scaling)) || !all_positive(scaling.deviation)) return false;
  std::vector<char> dead(graph.nodes.size(), 0);
  for (const int n : chain) dead[static_cast<std::size_t>(n)] = 1;
  const ValueId result = graph.nodes[static_cast<std::size_t>(chain.back())].outputs[0];
  if (std::ranges::find(graph.outputs, result) != graph.outputs.end()) return false;  // nothing else is in the model
  replace_uses(graph, result, input);
  remove_nodes(graph, dead);
  set_scaling(graph[input], scaling);
  return true;
}

bool take_out_output_scaling(Graph& graph, bool always) {
  if (!is_float_port(graph, graph.outputs)) return false;
  const ValueId output = graph.outputs[0];
  const Links links(graph);
  const auto channels = static_cast<std::size_t>(graph[output].type.shape.back());
  // From the end, so that nodes in front come first.
  std::vector<int> chain;
  ValueId at = output;
  while (true) {
    const int maker = links.producer(at);
    if (maker < 0 || (at != output && links.only_reader(at) < 0)) break;
    const Node& node = graph.nodes[static_cast<std::size_t>(maker)];
    Affine unused(channels);
    if (!follow(graph, node, unused)) break;
    chain.push_back(maker);
    at = graph[node.inputs[0]].is_constant() ? node.inputs[1] : node.inputs[0];
  }
  // The value before the chain must be made by a node, and read by the chain alone.
  if (chain.empty() || links.producer(at) < 0 || links.only_reader(at) < 0) return false;
  Affine affine(channels);
  for (auto n = chain.rbegin(); n != chain.rend(); ++n)
    follow(graph, graph.nodes[static_cast<std::size_t>(*n)], affine);
  // y = factor * real + term, so factor is the deviation and term the mean.
  Scaling scaling;
  for (std::size_t c = 0; c < channels; ++c) {
    scaling.mean.push_back(static_cast<float>(affine.term[c]));
    scaling.deviation.push_back(static_cast<float>(affine.factor[c]));
  }
  if (!scaling_of(graph[output]).empty() || !all_positive(scaling.deviation)) return false;
  if (!always && !matters(scaling)) return false;
  // The output keeps its id and name; it is now made by the node before the chain.
  Node& front = graph.nodes[static_cast<std::size_t>(links.producer(at))];
  std::ranges::replace(front.outputs, at, output);
  std::vector<char> dead(graph.nodes.size(), 0);
  for (const int n : chain) dead[static_cast<std::size_t>(n)] = 1;
  remove_nodes(graph, dead);
  set_scaling(graph[output], scaling);
  return true;
}

void put_in_input_scaling(Graph& graph) {
  if (graph.inputs.empty()) return;
  const ValueId input = graph.inputs[0];
  const Scaling scaling = scaling_of(graph[input]);
  if (scaling.empty()) return;
  set_scaling(graph[input], {});
  const std::string name = graph[input].name;
  const auto is_input = [&](ValueId id) { return id == input; };
  // Readers first, so that the new nodes are not among them.
  const ValueId place = graph.add(Value{.name = name + "/place", .type = graph[input].type});
  for (Node& node : graph.nodes) std::ranges::replace_if(node.inputs, is_input, place);
  const ValueId centred = insert<Add>(graph, 0, input, negative(scaling.mean), name + "/offset", "/term");
  const ValueId scaled = insert<Mul>(graph, 1, centred, inverse(scaling.deviation), name + "/scale", "/factor");
  replace_uses(graph, place, scaled);
}

void put_in_output_scaling(Graph& graph) {
  if (graph.outputs.empty()) return;
  const ValueId inner = graph.outputs[0];
  const Scaling scaling = scaling_of(graph[inner]);
  if (scaling.empty()) return;
  set_scaling(graph[inner], {});
  const std::string name = graph[inner].name;
  graph[inner].name = name + "/normalized";
  const ValueId scaled = insert<Mul>(graph, graph.nodes.size(), inner, scaling.deviation, name + "/scale", "/factor");
  const ValueId result = insert<Add>(graph, graph.nodes.size(), scaled, scaling.mean, name + "/offset", "/term");
  graph[result].name = name;
  move_meaning(graph[inner], graph[result]);
  graph.outputs[0] = result;
}

bool scale_unlike_features(Graph& graph, std::span<const Range> channels) {
  constexpr float kSteps = 255, kFew = 32;
  Range all;
  float narrowest = std::numeric_limits<float>::infinity();
  for (const Range& range : channels) {
    all = {std::min(all.min, range.min), std::max(all.max, range.max)};
    if (range.max > range.min) narrowest = std::min(narrowest, range.max - range.min);
  }
  if (!(narrowest / (all.max - all.min) * kSteps < kFew)) return false;
  const ValueId input = graph.inputs[0];
  const int reader = layer_behind(graph, Links(graph), input);
  if (reader < 0) return false;
  Node& layer = graph.nodes[static_cast<std::size_t>(reader)];
  // Padding is 0 before and after, so only a factor can be moved.
  const bool centred = !reads_padding(graph, layer);
  std::vector<float> middle, half;
  for (const Range& range : channels) {
    middle.push_back(centred ? range.min + (range.max - range.min) / 2 : 0.0F);
    const float reach = std::max(range.max - middle.back(), middle.back() - range.min);
    half.push_back(reach > 0 ? reach : 1.0F);
  }
  scale_input(graph, layer, half, middle);
  Affine affine = affine_of(scaling_of(graph[input]), channels.size());
  affine.then([&](std::size_t c) {
    affine.factor[c] /= double{half[c]};
    affine.term[c] = (affine.term[c] - double{middle[c]}) / double{half[c]};
  });
  set_scaling(graph[input], made_of(affine));
  remove_unused_values(graph);
  return true;
}

}  // namespace mirim
