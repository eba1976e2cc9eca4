#include "mirim/formats/tflite_bodies.hpp"

#include "mirim/base/error.hpp"
#include "mirim/formats/tflite_extras.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/reduce_window.hpp"

namespace mirim {
namespace {

std::optional<ReduceBody> body_of(const Model& model, const ReduceWindow& window) {
  const auto index = static_cast<std::size_t>(window.body_subgraph_index);
  return window.body_subgraph_index >= 0 && index < model.graphs.size() ? reduce_body(model.graphs[index])
                                                                        : std::nullopt;
}

// c = a . b
Graph make_body(ReduceBody body, DType dtype) {
  constexpr std::array<std::string_view, 7> kOperators{"",        "ADD",         "MUL",       "MINIMUM",
                                                       "MAXIMUM", "LOGICAL_AND", "LOGICAL_OR"};
  Graph graph;
  graph.name = "reduce_window_body";
  for (const char* name : {"a", "b"}) graph.inputs.push_back(graph.add(Value{.name = name, .type = {dtype, {}}}));
  graph.outputs.push_back(graph.add(Value{.name = "c", .type = {dtype, {}}}));
  const Op* op = all_operators().find(kOperators[static_cast<std::size_t>(body)]);
  if (op == nullptr) fail_unsupported("{}: its body is not known", ReduceWindow::name);
  graph.nodes.push_back({.op = *op, .inputs = graph.inputs, .outputs = graph.outputs});
  return graph;
}

}  // namespace

void read_reduce_bodies(Model& model) {
  for (Graph& graph : model.graphs) {
    for (Node& node : graph.nodes) {
      auto* window = node.op.as<ReduceWindow>();
      if (window == nullptr) continue;
      if (const auto body = body_of(model, *window)) {
        window->body = *body;
        continue;
      }
      node.op = Opaque{.title = std::string(ReduceWindow::name),
                       .content = std::move(node.extras[tflite_extra::node]),
                       .subgraph_indices = {window->body_subgraph_index},
                       .reason =
                           "its body is not one ADD, MUL, MINIMUM, MAXIMUM, LOGICAL_AND or LOGICAL_OR of its "
                           "two inputs"};
      node.extras.erase(tflite_extra::node);
    }
  }
}

void add_reduce_bodies(Model& model) {
  const std::size_t graphs = model.graphs.size();
  for (std::size_t g = 0; g < graphs; ++g) {
    for (std::size_t n = 0; n < model.graphs[g].nodes.size(); ++n) {
      auto* window = model.graphs[g].nodes[n].op.as<ReduceWindow>();
      if (window == nullptr || body_of(model, *window) == window->body) continue;
      const ValueId x = model.graphs[g].nodes[n].inputs.at(0);
      window->body_subgraph_index = static_cast<std::int32_t>(model.graphs.size());
      Graph body = make_body(window->body, model.graphs[g][x].type.dtype);
      model.graphs.push_back(std::move(body));
    }
  }
}

}  // namespace mirim
