#include "mirim/formats/tflite_bodies.hpp"

#include <fmt/format.h>

#include "mirim/base/error.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/reduce_window.hpp"
#include "mirim/ops/scatter.hpp"

namespace mirim {
namespace {

/// A node's body, and the number of the graph that says it. Null members for any other node.
struct BodyOf {
  ReduceBody* body = nullptr;
  std::int32_t* graph = nullptr;
  std::string_view name{};
  std::string_view bodies{};
};

BodyOf body_of(Op& op) {
  if (auto* window = op.as<ReduceWindow>()) {
    return {&window->body, &window->body_subgraph_index, ReduceWindow::name,
            "one ADD, MUL, MINIMUM, MAXIMUM, LOGICAL_AND or LOGICAL_OR"};
  }
  if (auto* scatter = op.as<Scatter>()) {
    return {&scatter->body, &scatter->update_computation_subgraph_index, Scatter::name,
            "the second, or one ADD, MUL, MINIMUM or MAXIMUM,"};
  }
  return {};
}

/// What that graph of the model computes, if it is a body for such a node.
std::optional<ReduceBody> body_in(const Model& model, const BodyOf& of) {
  const auto index = static_cast<std::size_t>(*of.graph);
  if (*of.graph < 0 || index >= model.graphs.size()) return std::nullopt;
  const auto body = reduce_body(model.graphs[index]);
  const bool for_windows = body == ReduceBody::all || body == ReduceBody::any;
  const bool suits = of.name == Scatter::name ? !for_windows : body != ReduceBody::update;
  return suits ? body : std::nullopt;
}

// c = a . b
Graph make_body(ReduceBody body, DType dtype, std::string_view name) {
  constexpr std::array<std::string_view, 8> kOperators{"",        "ADD",         "MUL",        "MINIMUM",
                                                       "MAXIMUM", "LOGICAL_AND", "LOGICAL_OR", ""};
  Graph graph;
  graph.name = name == Scatter::name ? "scatter_body" : "reduce_window_body";
  for (const char* input : {"a", "b"}) graph.inputs.push_back(graph.add(Value{.name = input, .type = {dtype, {}}}));
  if (body == ReduceBody::update) {
    graph.outputs.push_back(graph.inputs[1]);
    return graph;
  }
  graph.outputs.push_back(graph.add(Value{.name = "c", .type = {dtype, {}}}));
  const Op* op = all_operators().find(kOperators[static_cast<std::size_t>(body)]);
  if (op == nullptr) fail_unsupported("{}: its body is not known", name);
  graph.nodes.push_back({.op = *op, .inputs = graph.inputs, .outputs = graph.outputs});
  return graph;
}

}  // namespace

void read_reduce_bodies(Model& model) {
  for (Graph& graph : model.graphs) {
    for (Node& node : graph.nodes) {
      const BodyOf of = body_of(node.op);
      if (of.body == nullptr) continue;
      if (const auto body = body_in(model, of)) {
        *of.body = *body;
        continue;
      }
      node.op = Opaque{.title = std::string(of.name),
                       .content = std::move(node.extras[tflite_extra::node]),
                       .subgraph_indices = {*of.graph},
                       .reason = fmt::format("its body is not {} of its two inputs", of.bodies)};
      node.extras.erase(tflite_extra::node);
    }
  }
}

void add_reduce_bodies(Model& model) {
  const std::size_t graphs = model.graphs.size();
  for (std::size_t g = 0; g < graphs; ++g) {
    for (std::size_t n = 0; n < model.graphs[g].nodes.size(); ++n) {
      const BodyOf of = body_of(model.graphs[g].nodes[n].op);
      if (of.body == nullptr || body_in(model, of) == *of.body) continue;
      const ValueId x = model.graphs[g].nodes[n].inputs.at(0);
      Graph body = make_body(*of.body, model.graphs[g][x].type.dtype, of.name);
      *of.graph = static_cast<std::int32_t>(model.graphs.size());
      model.graphs.push_back(std::move(body));
    }
  }
}

}  // namespace mirim
