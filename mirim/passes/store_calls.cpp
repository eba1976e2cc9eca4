#include "mirim/passes/store_calls.hpp"

#include <algorithm>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/graph/meaning.hpp"
#include "mirim/graph/scopes.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/while.hpp"
#include "mirim/passes/simplify.hpp"

namespace mirim {
namespace {

/// A graph that is being made, and what stands in it for the values of the graph with markers.
struct Place {
  Graph& graph;
  bool is_main;
  std::map<ValueId, ValueId> values{};   // in the main graph those that are not themselves
  std::map<ValueId, ValueId> current{};  // of variables
};

/// What a range of nodes does to the values outside of it.
struct Uses {
  std::vector<ValueId> sets{};   // variables, in the order of their first assignment
  std::vector<ValueId> reads{};  // computed outside, or variables; no constants
};

class CallStorer {
 public:
  explicit CallStorer(Model& model) : model_(model), source_(model.main()), scopes_(find_scopes(source_)) {
    for (std::size_t s = 1; s < scopes_.list.size(); ++s) scope_at_[scopes_.list[s].begin] = s;
    const std::vector<char> temporary = set_before_read(source_);
    for (const Node& node : source_.nodes) {
      if (is_assignment(node)) continue;
      for (const ValueId id : written_variables(source_, node)) states_.insert(id);
    }
    for (std::size_t i = 0; i < source_.values.size(); ++i) {
      const auto id = static_cast<ValueId>(i);
      if (source_[id].variable && !temporary[i] && !states_.contains(id)) kept_.insert(id);
    }
  }

  void run() {
    Graph result = source_;
    result.nodes.clear();
    Place main{.graph = result, .is_main = true};
    const Uses all = uses(0, static_cast<int>(source_.nodes.size()));
    for (const ValueId id : kept_) read_first(main, id);
    add(main, 0, static_cast<int>(source_.nodes.size()));
    for (const ValueId id : all.sets) {
      if (kept_.contains(id)) push(main, {AssignVariable{}, {id, main.current.at(id)}, {}, source_[id].name});
    }
    for (ValueId& id : result.outputs) id = as_output(main, id);
    model_.main() = std::move(result);
    for (Graph& graph : graphs_) {
      eliminate_dead_nodes(graph);
      remove_unused_values(graph);
      model_.graphs.push_back(std::move(graph));
    }
    eliminate_dead_nodes(model_.main());
    remove_unused_values(model_.main());
  }

 private:
  static bool is_assignment(const Node& node) { return node.op.is<AssignVariable>(); }
  const Node& node(int n) const { return source_.nodes[static_cast<std::size_t>(n)]; }
  const Scope& scope_at(int n) const { return scopes_.list[scope_at_.at(n)]; }

  Uses uses(int begin, int end) const {
    Uses result;
    std::set<ValueId> made, sets, reads;
    for (int n = begin; n < end; ++n) made.insert(node(n).outputs.begin(), node(n).outputs.end());
    for (int n = begin; n < end; ++n) {
      const auto& inputs = node(n).inputs;
      for (std::size_t i = 0; i < inputs.size(); ++i) {
        const ValueId id = inputs[i];
        if (id == kNoValue || source_[id].is_constant() || made.contains(id)) continue;
        if (is_assignment(node(n)) && i == 0) {
          if (sets.insert(id).second) result.sets.push_back(id);
        } else if (reads.insert(id).second) {
          result.reads.push_back(id);
        }
      }
    }
    std::erase_if(result.reads, [&](ValueId id) { return sets.contains(id); });
    return result;
  }

  void read_first(Place& at, ValueId variable) {
    const ValueId content = at.graph.add(copy_of(variable, "/read"));
    push(at, {ReadVariable{}, {variable}, {content}, source_[variable].name + "/read"});
    at.current[variable] = content;
  }

  Value copy_of(ValueId id, const char* suffix = "") const {
    Value value = source_[id];
    value.name += suffix;
    value.variable = false;
    value.constant = nullptr;
    value.form.reset();
    return value;
  }

  static void push(Place& at, Node made) { at.graph.nodes.push_back(std::move(made)); }

  // The nodes of a range, in the graph of the place.
  void add(Place& at, int begin, int end) {
    for (int n = begin; n < end; ++n) {
      const Node& one = node(n);
      if (one.op.is<Loop>()) {
        in_context(describe(source_, n), [&] { add_loop(at, scope_at(n)); });
        n = scope_at(n).end;
      } else if (one.op.is<Branch>()) {
        in_context(describe(source_, n), [&] { add_branches(at, n); });
        n = scope_at(scope_at(n).end).end;
      } else if (is_assignment(one)) {
        in_context(describe(source_, n), [&] { assign(at, one); });
      } else if (one.op.is<ReadVariable>() && !states_.contains(one.inputs[0])) {
        at.values[one.outputs[0]] = get(at, one.inputs[0]);
      } else {
        in_context(describe(source_, n), [&] { copy(at, one); });
      }
    }
  }

  void assign(Place& at, const Node& one) {
    const ValueId variable = one.inputs[0];
    if (!states_.contains(variable)) {
      at.current[variable] = get(at, one.inputs[1]);
      return;
    }
    fail_unsupported("sets the state '{}' of an operator, which a .tflite cannot say", source_[variable].name);
  }

  void copy(Place& at, const Node& one) {
    Node made = one;
    for (ValueId& id : made.inputs) id = get(at, id);
    for (auto* ids : {&made.outputs, &made.intermediates}) {
      for (ValueId& id : *ids) {
        if (id == kNoValue || at.is_main) continue;
        id = at.values[id] = at.graph.add(source_[id]);
      }
    }
    push(at, std::move(made));
  }

  ValueId get(Place& at, ValueId id) {
    if (id == kNoValue) return id;
    const auto& known = source_[id].variable ? at.current : at.values;
    if (const auto found = known.find(id); found != known.end()) return found->second;
    if (states_.contains(id) && !at.is_main) {
      fail_unsupported("'{}' is the state of an operator in a loop or branch", source_[id].name);
    }
    if (source_[id].variable && !states_.contains(id)) return at.current[id] = add_zero(at, id);
    if (at.is_main) return id;
    return at.values[id] = at.graph.add(source_[id]);  // a constant
  }

  // What a variable is before anything sets it.
  ValueId add_zero(Place& at, ValueId variable) const {
    Value value = copy_of(variable, "/first");
    value.constant = make_constant(initial_content(source_[variable]));
    return at.graph.add(std::move(value));
  }

  // A graph whose inputs stand for these variables and values.
  Place open(const Node& caller, const char* what, const std::vector<ValueId>& variables,
             const std::vector<ValueId>& values) {
    graphs_.emplace_back();
    graphs_.back().name = caller.name + what;
    Place place{.graph = graphs_.back(), .is_main = false};
    for (const auto* ids : {&variables, &values}) {
      for (const ValueId id : *ids) {
        const ValueId parameter = place.graph.add(copy_of(id));
        place.graph.inputs.push_back(parameter);
        (source_[id].variable ? place.current : place.values)[id] = parameter;
      }
    }
    return place;
  }

  std::int32_t index_of_last() const { return static_cast<std::int32_t>(model_.graphs.size() + graphs_.size()) - 1; }

  // Results of a call: the variables are these from now on; what only went through is read by nobody.
  std::vector<ValueId> results(Place& at, const std::vector<ValueId>& variables, const std::vector<ValueId>& values) {
    std::vector<ValueId> outputs;
    for (const ValueId id : variables) outputs.push_back(at.current[id] = at.graph.add(copy_of(id)));
    for (const ValueId id : values) outputs.push_back(at.graph.add(copy_of(id, "/through")));
    return outputs;
  }

  std::vector<ValueId> given(Place& at, const std::vector<ValueId>& variables, const std::vector<ValueId>& values) {
    std::vector<ValueId> inputs;
    for (const auto* ids : {&variables, &values}) {
      for (const ValueId id : *ids) inputs.push_back(get(at, id));
    }
    return inputs;
  }

  void add_loop(Place& at, const Scope& scope) {
    const Node& first = node(scope.begin);
    const ValueId condition = node(scope.leave).inputs[0];
    if (!uses(scope.begin + 1, scope.leave).sets.empty()) fail_unsupported("its condition sets variables");
    const Uses inside = uses(scope.begin + 1, scope.end);
    if (inside.sets.empty()) fail_unsupported("it changes nothing");
    std::vector<ValueId> inputs = given(at, inside.sets, inside.reads);
    While loop;
    {
      Place place = open(first, "/condition", inside.sets, inside.reads);
      loop.cond_subgraph_index = index_of_last();
      add(place, scope.begin + 1, scope.leave);
      place.graph.outputs = {get(place, condition)};
    }
    Place place = open(first, "/body", inside.sets, inside.reads);
    loop.body_subgraph_index = index_of_last();
    add(place, scope.begin + 1, scope.leave);
    add(place, scope.leave + 1, scope.end);
    place.graph.outputs = given(place, inside.sets, inside.reads);
    push(at, {loop, std::move(inputs), results(at, inside.sets, inside.reads), first.name});
  }

  void add_branches(Place& at, int begin) {
    const int middle = scope_at(begin).end, end = scope_at(middle).end;
    const Node& first = node(begin);
    Uses inside = uses(begin + 1, end);
    if (inside.sets.empty()) fail_unsupported("it changes nothing");
    // A side that does not set a variable gives what it was.
    std::vector<ValueId> inputs{get(at, first.inputs[0])};
    for (const ValueId id : given(at, inside.sets, inside.reads)) inputs.push_back(id);
    If choice;
    const auto side = [&](const char* what, int from, int to) {
      Place place = open(first, what, inside.sets, inside.reads);
      const std::int32_t index = index_of_last();
      add(place, from, to);
      place.graph.outputs = given(place, inside.sets, {});
      return index;
    };
    choice.then_subgraph_index = side("/then", begin + 1, middle);
    choice.else_subgraph_index = side("/else", middle + 1, end);
    push(at, {choice, std::move(inputs), results(at, inside.sets, {}), first.name});
  }

  // An output of the main graph keeps its id and name, if a node makes it.
  ValueId as_output(Place& main, ValueId id) {
    const ValueId now = get(main, id);
    if (now == id) return id;
    for (Node& one : main.graph.nodes) {
      if (std::ranges::find(one.outputs, now) == one.outputs.end()) continue;
      const bool is_other = std::ranges::find(source_.outputs, now) != source_.outputs.end();
      if (is_other) break;
      for (Node& each : main.graph.nodes) {
        std::ranges::replace(each.inputs, now, id);
        std::ranges::replace(each.outputs, now, id);
      }
      for (auto* known : {&main.values, &main.current}) {
        for (auto& [from, to] : *known) {
          if (to == now) to = id;
        }
      }
      return id;
    }
    move_meaning(main.graph[id], main.graph[now]);
    return now;
  }

  Model& model_;
  const Graph source_;
  const Scopes scopes_;
  std::map<int, std::size_t> scope_at_;  // by the marker that opens it
  std::set<ValueId> states_;             // variables that operators write
  std::set<ValueId> kept_;               // variables that are kept from run to run
  std::deque<Graph> graphs_;             // whose places stay where they are
};

}  // namespace

std::vector<std::string> leave_out_resets(Graph& graph) {
  std::map<ValueId, std::string> states;  // with the layer's name
  for (const Node& node : graph.nodes) {
    if (node.op.is<AssignVariable>()) continue;
    for (const ValueId id : written_variables(graph, node)) states[id] = node.name;
  }
  std::vector<char> dead(graph.nodes.size(), 0);
  std::vector<std::string> names;
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    const Node& node = graph.nodes[n];
    if (!node.op.is<AssignVariable>() || !states.contains(node.inputs[0])) continue;
    const Value& content = graph[node.inputs[1]];
    if (!content.is_constant() || *content.constant != initial_content(graph[node.inputs[0]])) continue;
    dead[n] = 1;
    const std::string& name = states[node.inputs[0]];
    if (std::ranges::find(names, name) == names.end()) names.push_back(name);
  }
  remove_nodes(graph, dead);
  return names;
}

void store_calls(Model& model) {
  const auto is_call = [](const Node& node) { return is_marker(node.op); };
  if (std::ranges::any_of(model.main().nodes, is_call)) CallStorer(model).run();
}

}  // namespace mirim
