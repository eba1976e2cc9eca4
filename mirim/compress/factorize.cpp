#include "mirim/compress/factorize.hpp"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/base/text.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/passes/macs_of.hpp"
#include "mirim/passes/weighted.hpp"

namespace mirim {
namespace {

std::string name_of(const Graph& graph, const Node& node) {
  return node.name.empty() && !node.outputs.empty() ? graph[node.outputs[0]].name : node.name;
}

bool is_layer(const Node& node) { return node.op.is<Conv2d>() || node.op.is<FullyConnected>(); }

/// A layer that is looked at, and what is to be done with it.
struct Layer {
  std::size_t node = 0;
  LayerSizes sizes{};
  Kernel kernel{};
  RankCandidate chosen{};
  FactorizedLayer report{};
};

/// Why the layer cannot be factorized; empty where it can.
std::string why_not(const Graph& graph, const Links& links, const Node& node, bool named) {
  if (!is_layer(node)) return "only FULLY_CONNECTED and CONV_2D can be";
  if (!has_float_weights(graph, node)) return "its weights are no float32 constants";
  const Value& weights = graph[node.inputs[1]];
  if (node.op.is<Conv2d>() && weights.type.shape[3] != graph[node.inputs[0]].type.shape[3]) {
    return "its channels are in groups";
  }
  if (links.readers(node.inputs[1]).size() != 1) return "other nodes share its weights";
  if (weights.form && !named) return fmt::format("its weights have a form ({})", to_string(*weights.form));
  return "";
}

LayerSizes sizes_of(const Graph& graph, const Node& node) {
  const Shape& x = graph[node.inputs[0]].type.shape;
  const Shape& weights = graph[node.inputs[1]].type.shape;
  LayerSizes s{.outputs = weights[0], .places = 1, .channels = weights.back()};
  if (node.op.is<Conv2d>()) s.places = weights[1] * weights[2];
  s.pixels_in = x.elements() / s.channels;
  s.pixels_out = graph[node.outputs[0]].type.shape.elements() / s.outputs;
  s.bias = node.inputs.size() > 2 && node.inputs[2] != kNoValue ? s.outputs : 0;
  return s;
}

Kernel kernel_of(const Graph& graph, const Node& node, const LayerSizes& sizes) {
  const auto values = graph[node.inputs[1]].values<float>();
  return {sizes.outputs, sizes.places, sizes.channels, std::vector<double>(values.begin(), values.end())};
}

void check_rank(const NamedLayer& wanted, const Node& node, const LayerSizes& s) {
  const auto at_most = [&](std::string_view what, std::int64_t rank, std::int64_t most) {
    if (rank > most) fail("layer '{}': {} {} is more than its weights have, {}", wanted.name, what, rank, most);
  };
  if (wanted.rank < 0 || wanted.rank_in < 0) fail("layer '{}': a rank is below 0", wanted.name);
  if (wanted.rank_in > 0 && !node.op.is<Conv2d>()) fail("layer '{}': only CONV_2D takes a rank_in", wanted.name);
  if (wanted.rank_in > 0 && wanted.rank == 0) fail("layer '{}': rank_in needs a rank beside it", wanted.name);
  if (wanted.rank_in > 0) {
    at_most("rank", wanted.rank, s.outputs);
    at_most("rank_in", wanted.rank_in, s.channels);
  } else {
    at_most("rank", wanted.rank, std::min(s.outputs, s.places * s.channels));
  }
}

const NamedLayer* find(const FactorizeOptions& options, const std::string& name) {
  const auto found = std::ranges::find(options.layers, name, &NamedLayer::name);
  return found == options.layers.end() ? nullptr : &*found;
}

void check(const Graph& graph, const FactorizeOptions& options) {
  if (!(options.share > 0 && options.share <= 1)) fail("factorize: a share of {}, expected (0, 1]", options.share);
  if (options.sweeps < 0) fail("factorize: {} sweeps", options.sweeps);
  std::vector<std::string> known;
  for (const Node& node : graph.nodes) known.push_back(name_of(graph, node));
  for (const NamedLayer& layer : options.layers) {
    if (std::ranges::find(known, layer.name) == known.end()) {
      fail("factorize: no layer '{}'; {}", layer.name, suggestion(layer.name, known));
    }
    if (std::ranges::count(options.layers, layer.name, &NamedLayer::name) > 1) {
      fail("factorize: layer '{}' is named twice", layer.name);
    }
  }
}

/// The layers to look at, with their kernels; those that stay anyway have none.
std::vector<Layer> layers_of(const Graph& graph, const FactorizeOptions& options) {
  const Links links(graph);
  std::vector<Layer> result;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    const std::string name = name_of(graph, node);
    const NamedLayer* named = find(options, name);
    if (!named && (!options.layers.empty() || !is_layer(node))) continue;
    const std::string why = why_not(graph, links, node, named != nullptr);
    if (named && !why.empty()) {
      fail("{} cannot be factorized: {}", describe(graph, static_cast<int>(n)), why);
    }
    Layer layer{.node = n};
    layer.report.name = name;
    layer.report.why_not = why;
    if (why.empty()) {
      layer.sizes = sizes_of(graph, node);
      if (named) check_rank(*named, node, layer.sizes);
      layer.kernel = kernel_of(graph, node, layer.sizes);
      layer.chosen = layer.report.before = layer.report.after = candidate(layer.sizes, Pieces::one, 0, 0);
    }
    result.push_back(std::move(layer));
  }
  return result;
}

std::vector<RankCandidate> candidates_of(const Layer& layer, const Node& node, const FactorizeOptions& options) {
  const NamedLayer* named = find(options, layer.report.name);
  if (named && named->rank > 0) {
    const Pieces pieces = named->rank_in > 0 ? Pieces::three : Pieces::two;
    return {candidate(layer.sizes, pieces, named->rank, named->rank_in)};
  }
  const bool three = options.three_pieces && node.op.is<Conv2d>() && layer.sizes.places > 1;
  return in_context("layer '" + layer.report.name + "'",
                    [&] { return candidates(layer.kernel, layer.sizes, options.two_pieces, three); });
}

std::int64_t parameters_of(const Graph& graph) {
  std::vector<char> counted(graph.values.size(), 0);
  std::int64_t parameters = 0;
  for (const Node& node : graph.nodes) {
    for (std::size_t i = 0; i < node.inputs.size(); ++i) {
      const ValueId id = node.inputs[i];
      if (id == kNoValue || !graph[id].is_constant() || counted[static_cast<std::size_t>(id)]) continue;
      const auto kind = node.op.role(i).kind;
      if (kind != OperandRole::Kind::weights && kind != OperandRole::Kind::bias) continue;
      counted[static_cast<std::size_t>(id)] = 1;
      parameters += graph[id].type.shape.elements();
    }
  }
  return parameters;
}

void choose(std::vector<Layer>& layers, const Graph& graph, const FactorizeOptions& options,
            const FactorizeResult& whole) {
  std::vector<Layer*> open;
  std::vector<std::vector<RankCandidate>> all;
  for (Layer& layer : layers) {
    if (!layer.report.why_not.empty()) continue;
    open.push_back(&layer);
    all.push_back(candidates_of(layer, graph.nodes[layer.node], options));
  }
  if (options.keep == FactorizeOptions::Keep::energy) {
    for (std::size_t i = 0; i < open.size(); ++i) open[i]->chosen = keep_energy(all[i], options.share);
    return;
  }
  const bool parameters = options.keep == FactorizeOptions::Keep::parameters;
  const auto cost = [&](const RankCandidate& c) { return parameters ? c.parameters : c.macs; };
  const std::int64_t total = parameters ? whole.parameters_before : whole.macs_before;
  std::int64_t others = total, least = 0;
  for (std::size_t i = 0; i < open.size(); ++i) {
    others -= cost(open[i]->report.before);
    least += cost(*std::ranges::min_element(all[i], {}, cost));
  }
  const auto budget = static_cast<std::int64_t>(std::floor(options.share * static_cast<double>(total)));
  const auto chosen = keep_budget(all, budget - others, parameters);
  if (chosen.empty() && others + least > budget) {
    fail("factorize: a share of {} of the {} is out of reach: the smallest ranks leave {:.3g}", options.share,
         parameters ? "parameters" : "MACs", static_cast<double>(others + least) / static_cast<double>(total));
  }
  for (std::size_t i = 0; i < open.size(); ++i) open[i]->chosen = chosen[i];
}

struct Piece {
  Op op;
  Shape shape;
  Matrix weights;  ///< in memory order, whatever its sizes
};

Shape shape_of(const Node& node, std::int64_t outputs, std::int64_t channels, const Shape* filter) {
  if (!node.op.is<Conv2d>()) return {outputs, channels};
  return {outputs, filter ? (*filter)[1] : 1, filter ? (*filter)[2] : 1, channels};
}

/// The operator of the piece with the filter: without activation unless it is the last one.
Op filter_op(const Node& node) {
  Op op = node.op;
  if (auto* conv = op.as<Conv2d>()) conv->activation = Activation::none;
  if (auto* dense = op.as<FullyConnected>()) dense->activation = Activation::none;
  return op;
}

Op last_op(const Node& node) {
  const auto* conv = node.op.as<Conv2d>();
  if (!conv) return node.op;
  return Conv2d{.activation = conv->activation, .quantized_bias_type = conv->quantized_bias_type};
}

std::vector<Piece> two_pieces(const Layer& layer, const Node& node, const Shape& filter) {
  const std::int64_t rank = layer.chosen.rank;
  auto [left, right] = low_rank_factors(by_output(layer.kernel), rank);
  std::vector<Piece> pieces;
  pieces.push_back({filter_op(node), shape_of(node, rank, layer.sizes.channels, &filter), std::move(right)});
  pieces.push_back({last_op(node), shape_of(node, layer.sizes.outputs, rank, nullptr), std::move(left)});
  return pieces;
}

std::vector<Piece> three_pieces(const Layer& layer, const Node& node, const Shape& filter, int sweeps) {
  const std::int64_t rank = layer.chosen.rank, rank_in = layer.chosen.rank_in;
  Tucker2 t = tucker2(layer.kernel, rank, rank_in, sweeps);
  std::vector<Piece> pieces;
  pieces.push_back({Conv2d{}, shape_of(node, rank_in, layer.sizes.channels, nullptr), transposed(t.channels)});
  pieces.push_back({filter_op(node), shape_of(node, rank, rank_in, &filter), by_output(t.core)});
  pieces.push_back({last_op(node), shape_of(node, layer.sizes.outputs, rank, nullptr), std::move(t.outputs)});
  return pieces;
}

/// The kernel that the pieces, in doubles, are together: [outputs, places * channels].
Matrix together(const std::vector<Piece>& pieces, std::int64_t places) {
  if (pieces.size() == 2) return product(pieces[1].weights, pieces[0].weights);
  Matrix core = pieces[1].weights;  // [rank, places * rank_in] as [rank * places, rank_in], and back
  core.rows *= places;
  core.columns /= places;
  Matrix filters = product(core, pieces[0].weights);
  filters.rows /= places;
  filters.columns *= places;
  return product(pieces[2].weights, filters);
}

double relative_error(const Kernel& kernel, const Matrix& found) {
  double error = 0, all = 0;
  for (std::size_t i = 0; i < kernel.values.size(); ++i) {
    const double difference = kernel.values[i] - found.values[i];
    error += difference * difference;
    all += kernel.values[i] * kernel.values[i];
  }
  return all > 0 ? std::sqrt(error / all) : 0;
}

/// Appends the pieces in the place of the node, and reports them.
void append(Graph& graph, Node node, Layer& layer, int sweeps) {
  const Value weights = graph[node.inputs[1]];
  const Shape& filter = weights.type.shape;
  const std::vector<Piece> pieces = layer.chosen.pieces == Pieces::three ? three_pieces(layer, node, filter, sweeps)
                                                                         : two_pieces(layer, node, filter);
  FactorizedLayer& report = layer.report;
  report.relative_error = relative_error(layer.kernel, together(pieces, layer.sizes.places));
  report.after = layer.chosen;
  report.after.loss = report.relative_error * report.relative_error;

  constexpr std::array suffixes{"/in", "/core"};
  for (std::size_t p = 0; p < pieces.size(); ++p) {
    const bool last = p + 1 == pieces.size();
    const std::string suffix = last ? "" : suffixes[p];
    const auto& values = pieces[p].weights.values;
    const ValueId id = add_constant(graph, weights.name + suffix, pieces[p].shape, {values.begin(), values.end()});
    node.inputs[1] = id;
    if (last) break;
    node.inputs[0] = graph.add(pieces[p].op, {node.inputs[0], id}, report.name + suffix);
  }
  node.op = pieces.back().op;
  graph.nodes.push_back(std::move(node));
}

}  // namespace

FactorizeResult factorize(Graph& graph, const FactorizeOptions& options) {
  check(graph, options);
  FactorizeResult result{.macs_before = macs_of(graph), .parameters_before = parameters_of(graph)};
  std::vector<Layer> layers = layers_of(graph, options);
  choose(layers, graph, options, result);

  Graph changed = graph;  // which stays as it is if anything is thrown
  std::vector<Node> nodes = std::exchange(changed.nodes, {});
  auto next = layers.begin();
  for (std::size_t n = 0; n < nodes.size(); ++n) {
    Layer* layer = next != layers.end() && next->node == n ? &*next++ : nullptr;
    if (layer && layer->chosen.pieces != Pieces::one) {
      in_context("layer '" + layer->report.name + "'",
                 [&] { append(changed, std::move(nodes[n]), *layer, options.sweeps); });
    } else {
      changed.nodes.push_back(std::move(nodes[n]));
    }
  }
  remove_unused_values(changed);
  graph = std::move(changed);
  for (Layer& layer : layers) result.layers.push_back(std::move(layer.report));
  result.macs_after = macs_of(graph);
  result.parameters_after = parameters_of(graph);
  return result;
}

std::string to_string(const FactorizedLayer& layer) {
  const std::string name = shortened(layer.name);
  if (!layer.why_not.empty()) return fmt::format("{}: stays: {}", name, layer.why_not);
  const RankCandidate &before = layer.before, &after = layer.after;
  if (after.pieces == Pieces::one) return fmt::format("{}: stays: no rank takes fewer MACs and keeps enough", name);
  const std::string from = after.pieces == Pieces::three ? fmt::format(" from {}", after.rank_in) : "";
  return fmt::format("{}: rank {}{}: {} -> {} MACs, {} -> {} parameters, error {:.2g}", name, after.rank, from,
                     with_commas(before.macs), with_commas(after.macs), with_commas(before.parameters),
                     with_commas(after.parameters), layer.relative_error);
}

}  // namespace mirim
