#include "mirim/passes/resolve_calls.hpp"

#include <algorithm>
#include <span>
#include <string>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/graph/calls.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/slice.hpp"
#include "mirim/ops/while.hpp"
#include "mirim/passes/recognise_updates.hpp"

namespace mirim {
namespace {

// A file of a few bytes can call graphs from graphs, each twice.
constexpr std::size_t kMostNodes = 200'000, kMostValues = 400'000, kDeepestCall = 100;

using Ids = std::vector<ValueId>;

class CallResolver {
 public:
  CallResolver(const Model& model, std::int32_t most_rounds) : model_(model), most_rounds_(most_rounds) {}

  Graph resolve(std::size_t index) {
    result_ = model_.graphs[index];
    const std::vector<Node> nodes = std::exchange(result_.nodes, {});
    Ids ids(result_.values.size());
    for (std::size_t i = 0; i < ids.size(); ++i) ids[i] = static_cast<ValueId>(i);
    calling_.push_back(index);
    add(nodes, ids, model_.graphs[index]);
    for (const ValueId id : result_.outputs) {  // which keep their ids too
      const ValueId now = std::exchange(ids[static_cast<std::size_t>(id)], id);
      if (now != id) push({ReadVariable{}, {now}, {id}, result_[id].name});
    }
    return std::move(result_);
  }

  // Variables that a WHILE or IF made; their types are those of what is first assigned to them.
  const std::vector<ValueId>& made() const { return made_; }

 private:
  // The nodes of `from`, whose values are `ids` here.
  void add(std::span<const Node> nodes, Ids& ids, const Graph& from) {
    for (std::size_t n = 0; n < nodes.size(); ++n) {
      in_context(describe(from, static_cast<int>(n)), [&] {
        Node node = nodes[n];
        renumber(node.inputs, ids);
        if (const auto* loop = node.op.as<While>()) {
          set(ids, nodes[n].outputs, add_loop(node, *loop));
        } else if (const auto* choice = node.op.as<If>()) {
          set(ids, nodes[n].outputs, add_branches(node, *choice));
        } else if (const auto decomposition = composite_graph(node.op)) {
          called(*decomposition, node.inputs.size(), node.outputs.size());
          renumber(node.outputs, ids);
          set(ids, nodes[n].outputs, call(*decomposition, node.inputs, node.outputs));
        } else {
          renumber(node.outputs, ids);
          renumber(node.intermediates, ids);
          push(std::move(node));
        }
      });
    }
  }

  Ids add_loop(const Node& node, const While& loop) {
    called(loop.cond_subgraph_index, node.inputs.size(), 1);
    const Graph& body = called(loop.body_subgraph_index, node.inputs.size(), node.inputs.size());
    require_outputs(node, node.inputs.size());
    Ids now = node.inputs, changed(now.size(), kNoValue);
    for (std::size_t i = 0; i < now.size(); ++i) {
      if (now[i] == kNoValue) fail("input {} is missing", i);
      if (body.outputs[i] != body.inputs[i]) now[i] = changed[i] = add_variable(node, body.inputs[i], body, now[i]);
    }
    assign(changed, node.inputs);
    Loop begin;
    begin.most_rounds = most_rounds_;
    push({begin, {}, {}, name_of(node)});
    push({LoopWhile{}, call(loop.cond_subgraph_index, now), {}, name_of(node) + "/condition"});
    assign(changed, call(loop.body_subgraph_index, now));
    push({LoopEnd{}, {}, {}, name_of(node) + "/end"});
    return now;
  }

  Ids add_branches(const Node& node, const If& choice) {
    if (node.inputs.empty() || node.inputs[0] == kNoValue) fail("the condition is missing");
    const Ids inputs(node.inputs.begin() + 1, node.inputs.end());
    const Graph& first = called(choice.then_subgraph_index, inputs.size(), node.outputs.size());
    called(choice.else_subgraph_index, inputs.size(), node.outputs.size());
    require_outputs(node, node.outputs.size());
    Ids results;
    for (const ValueId id : first.outputs) results.push_back(add_variable(node, id, first, kNoValue));
    push({Branch{}, {node.inputs[0]}, {}, name_of(node)});
    assign(results, call(choice.then_subgraph_index, inputs));
    push({BranchElse{}, {}, {}, name_of(node) + "/else"});
    assign(results, call(choice.else_subgraph_index, inputs));
    push({BranchEnd{}, {}, {}, name_of(node) + "/end"});
    return results;
  }

  // The nodes of the graph; returns its outputs. Those that its nodes make are `outputs`, if any are given.
  Ids call(std::int32_t index, const Ids& inputs, const Ids& outputs = {}) {
    const auto g = static_cast<std::size_t>(index);
    const Graph& graph = model_.graphs[g];
    if (std::ranges::find(calling_, g) != calling_.end()) fail("graph {} runs itself", g);
    if (calling_.size() > kDeepestCall) fail("graphs call graphs more than {} deep", kDeepestCall);
    if (result_.values.size() + graph.values.size() > kMostValues)
      fail("the graphs that it runs have over {} tensors in all", kMostValues);
    Ids ids(graph.values.size(), kNoValue);
    for (std::size_t i = 0; i < inputs.size(); ++i) ids[static_cast<std::size_t>(graph.inputs[i])] = inputs[i];
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      ValueId& made = ids[static_cast<std::size_t>(graph.outputs[i])];
      if (made == kNoValue && !graph[graph.outputs[i]].constant) made = outputs[i];
    }
    for (std::size_t i = 0; i < ids.size(); ++i) {
      if (ids[i] == kNoValue) ids[i] = result_.add(graph.values[i]);
    }
    calling_.push_back(g);
    in_context(fmt::format("graph {}", g), [&] { add(graph.nodes, ids, graph); });
    calling_.pop_back();
    Ids results = graph.outputs;
    renumber(results, ids);
    return results;
  }

  const Graph& called(std::int32_t index, std::size_t inputs, std::size_t outputs) const {
    if (index < 0 || static_cast<std::size_t>(index) >= model_.graphs.size())
      fail("runs graph {}, there are {}", index, model_.graphs.size());
    const Graph& graph = model_.graphs[static_cast<std::size_t>(index)];
    if (graph.inputs.size() != inputs || graph.outputs.size() != outputs) {
      fail("graph {} takes {} values and gives {}, expected {} and {}", index, graph.inputs.size(),
           graph.outputs.size(), inputs, outputs);
    }
    return graph;
  }

  static void require_outputs(const Node& node, std::size_t count) {
    if (node.outputs.size() != count) fail("has {} outputs, expected {}", node.outputs.size(), count);
  }

  // Named after the value that it is in the called graph. `like` is what it begins with, if that is known.
  ValueId add_variable(const Node& node, ValueId inner, const Graph& graph, ValueId like) {
    const Value& within = graph[inner];
    Value variable{.name = within.name.empty() ? name_of(node) : within.name,
                   .type = like == kNoValue ? within.type : result_[like].type,
                   .quantization = within.quantization,
                   .variable = true};
    if (variable.type.dtype == DType::resource || variable.type.dtype == DType::variant)
      fail_unsupported("'{}' is a {} that changes", variable.name, name(variable.type.dtype));
    made_.push_back(result_.add(std::move(variable)));
    return made_.back();
  }

  // Sets the variables all at once: one that another is set from is copied first.
  void assign(const Ids& variables, Ids values) {
    for (std::size_t i = 0; i < values.size(); ++i) {
      const bool is_set = std::ranges::find(variables, values[i]) != variables.end();
      if (variables[i] == kNoValue || !is_set || values[i] == variables[i]) continue;
      const Value& read = result_[values[i]];
      const ValueId copy =
          result_.add(Value{.name = read.name + "/before", .type = read.type, .quantization = read.quantization});
      push({ReadVariable{}, {values[i]}, {copy}, result_[copy].name});
      values[i] = copy;
    }
    for (std::size_t i = 0; i < values.size(); ++i) {
      if (variables[i] == kNoValue || values[i] == variables[i]) continue;
      push({AssignVariable{}, {variables[i], values[i]}, {}, result_[variables[i]].name});
    }
  }

  void push(Node node) {
    if (result_.nodes.size() >= kMostNodes) fail("the graphs that it runs have over {} nodes in all", kMostNodes);
    result_.nodes.push_back(std::move(node));
  }

  std::string name_of(const Node& node) const {
    if (!node.name.empty() || node.outputs.empty() || node.outputs[0] == kNoValue) return node.name;
    return result_[node.outputs[0]].name;
  }

  static void renumber(Ids& list, const Ids& ids) {
    for (ValueId& id : list) {
      if (id != kNoValue) id = ids[static_cast<std::size_t>(id)];
    }
  }

  static void set(Ids& ids, const Ids& outputs, const Ids& now) {
    for (std::size_t i = 0; i < outputs.size(); ++i) {
      if (outputs[i] != kNoValue) ids[static_cast<std::size_t>(outputs[i])] = now[i];
    }
  }

  const Model& model_;
  std::int32_t most_rounds_;
  Graph result_;
  std::vector<std::size_t> calling_;
  std::vector<ValueId> made_;
};

// Walks through the graph with the types that its operators infer.
class TypeInferrer {
 public:
  TypeInferrer(Graph& graph, const std::vector<ValueId>& made)
      : graph_(graph), known_(graph), untyped_(graph.values.size(), 0) {
    for (const ValueId id : made) untyped_[static_cast<std::size_t>(id)] = 1;
  }

  void run() {
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
      in_context(describe(graph_, static_cast<int>(n)), [&] { visit(graph_.nodes[n]); });
    }
  }

 private:
  void visit(const Node& node) {
    if (node.op.is<AssignVariable>()) {
      if (node.inputs.size() != 2 || node.inputs[0] == kNoValue || node.inputs[1] == kNoValue) fail("lacks an operand");
      if (!touches_resource(graph_, node)) type_of_variable(node.inputs[0], graph_[node.inputs[1]]);
    }
    const bool open = std::ranges::any_of(node.outputs, [&](ValueId id) { return id == kNoValue; });
    if (open || node.op.is<Opaque>() || touches_resource(graph_, node)) return;
    const auto types = node.op.infer(known_.operands(node.inputs));
    if (types.size() != node.outputs.size())
      fail("has {} outputs, its operator gives {}", node.outputs.size(), types.size());
    // The rest of an axis from a position of run time on has no size; SLICE then takes the whole axis, if the file says
    // so too.
    if (node.op.is<Slice>() && !graph_[node.inputs[1]].is_constant() && types[0] != graph_[node.outputs[0]].type)
      fail_unsupported("takes as much as a position leaves that is computed at run time");
    for (std::size_t i = 0; i < types.size(); ++i) {
      graph_[node.outputs[i]].type = types[i];
      graph_[node.outputs[i]].extras.erase(std::string(kUnknownShape));
    }
    known_.learn(node);
  }

  void type_of_variable(ValueId id, const Value& from) {
    Value& variable = graph_[id];
    if (std::exchange(untyped_[static_cast<std::size_t>(id)], 0)) variable.type = from.type;
    if (variable.type == from.type) return;
    fail_unsupported(
        "'{}' is {}[{}] and then {}[{}]; what goes round a loop or comes out of a branch must have one type",
        variable.name, name(variable.type.dtype), to_string(variable.type.shape), name(from.type.dtype),
        to_string(from.type.shape));
  }

  Graph& graph_;
  KnownValues known_;
  std::vector<char> untyped_;  // by ValueId
};

}  // namespace

Graph resolve_calls(const Model& model, std::size_t index, std::int32_t most_rounds) {
  const auto calls = [](const Node& node) {
    return node.op.is<While>() || node.op.is<If>() || composite_graph(node.op);
  };
  if (std::ranges::none_of(model.graphs[index].nodes, calls)) return model.graphs[index];
  CallResolver resolver(model, most_rounds);
  Graph graph = resolver.resolve(index);
  recognise_updates(graph);
  TypeInferrer(graph, resolver.made()).run();
  return graph;
}

}  // namespace mirim
