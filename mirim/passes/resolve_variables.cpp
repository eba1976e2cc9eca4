#include "mirim/passes/resolve_variables.hpp"

#include <map>
#include <optional>
#include <string>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/passes/resolve_calls.hpp"

namespace mirim {
namespace {

using Key = std::pair<std::string, std::string>;  // container and shared name

class Resolver {
 public:
  Resolver(const Model& model, std::int32_t most_rounds)
      : model_(model), most_rounds_(most_rounds), calls_(model.graphs.size(), Call::not_yet) {}

  /// The graph without handles and calls; `here` maps to its variables.
  Graph resolve(std::size_t index, std::map<Key, ValueId>& here) {
    Graph graph = resolve_calls(model_, index, most_rounds_);
    std::vector<std::optional<Key>> handles(graph.values.size());
    std::vector<char> dead(graph.nodes.size(), 0);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      in_context(describe(graph, static_cast<int>(n)), [&] {
        Node& node = graph.nodes[n];
        if (const auto* handle = node.op.as<VarHandle>()) {
          if (node.outputs.size() != 1 || node.outputs[0] == kNoValue) fail("has no output");
          handles[static_cast<std::size_t>(node.outputs[0])] = Key(handle->container, handle->shared_name);
          dead[n] = 1;
        } else if (const auto* call = node.op.as<CallOnce>()) {
          run_once(static_cast<std::size_t>(call->init_subgraph_index));
          dead[n] = 1;
        } else if (node.op.is<ReadVariable>() || node.op.is<AssignVariable>()) {
          resolve_access(graph, node, handles, here);
        } else {
          for (const ValueId id : node.inputs) {
            if (id != kNoValue && graph[id].type.dtype == DType::resource) {
              fail_unsupported("reads the handle of a variable, which only READ_VARIABLE and ASSIGN_VARIABLE may");
            }
          }
        }
      });
    }
    remove_nodes(graph, dead);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) add_hidden_states(graph, n);
    for (const auto& [key, id] : here) graph[id].constant = known_.at(key).content;
    return graph;
  }

 private:
  enum class Call : char { not_yet, running, done };

  // What is known of a variable in all graphs.
  struct Variable {
    TensorType type;
    Quantization quantization;
    Constant content{};  // null until something is assigned
  };

  void resolve_access(Graph& graph, Node& node, const std::vector<std::optional<Key>>& handles,
                      std::map<Key, ValueId>& here) {
    const bool reads = node.op.is<ReadVariable>();
    const auto& others = reads ? node.outputs : node.inputs;
    const std::size_t other = reads ? 0 : 1;
    const bool complete =
        !node.inputs.empty() && node.inputs[0] != kNoValue && others.size() == other + 1 && others[other] != kNoValue;
    if (!complete) fail("lacks an operand");
    const auto& key = handles[static_cast<std::size_t>(node.inputs[0])];
    if (!key && graph[node.inputs[0]].type.dtype != DType::resource) return;  // a variable of the graph
    if (!key) fail_unsupported("its handle does not come from a VAR_HANDLE of this graph");
    node.inputs[0] = variable(graph, *key, graph[others[other]], here);
  }

  // The state for which the file has no tensor, as variables behind the node's inputs.
  static void add_hidden_states(Graph& graph, std::size_t n) {
    const auto in = operands(graph, graph.nodes[n].inputs);
    std::vector<TensorType> states;
    try {
      states = graph.nodes[n].op.hidden_states(Types(in));
    } catch (const Error&) {  // its operands do not fit: reported by whoever infers its results
    }
    for (std::size_t i = 0; i < states.size(); ++i) {
      const ValueId first = graph.nodes[n].outputs.empty() ? kNoValue : graph.nodes[n].outputs[0];
      Value value{.name = fmt::format("{}_state_{}", first == kNoValue ? "" : graph[first].name, i),
                  .type = states[i],
                  .variable = true};
      graph.nodes[n].inputs.push_back(graph.add(std::move(value)));
    }
  }

  ValueId variable(Graph& graph, const Key& key, const Value& like, std::map<Key, ValueId>& here) {
    const Variable& known = known_.try_emplace(key, Variable{like.type, like.quantization}).first->second;
    if (known.type != like.type) {
      fail("the variable '{}' is {}[{}] here and {}[{}] elsewhere", key.second, name(like.type.dtype),
           to_string(like.type.shape), name(known.type.dtype), to_string(known.type.shape));
    }
    const auto [found, is_new] = here.try_emplace(key, kNoValue);
    if (is_new) {
      found->second = graph.add(
          Value{.name = key.second, .type = known.type, .quantization = known.quantization, .variable = true});
    }
    return found->second;
  }

  void run_once(std::size_t index) {
    if (index >= calls_.size()) fail("runs graph {}, there are {}", index, calls_.size());
    if (calls_[index] == Call::running) fail("graph {} runs itself", index);
    if (calls_[index] == Call::done) return;
    calls_[index] = Call::running;
    in_context(fmt::format("graph {}", index), [&] {
      std::map<Key, ValueId> here;
      Interpreter interpreter(resolve(index, here));
      interpreter.run();
      for (const auto& [key, id] : here) {
        const auto bytes = interpreter.value(id).bytes;
        known_.at(key).content = make_constant(Bytes(bytes.begin(), bytes.end()));
      }
    });
    calls_[index] = Call::done;
  }

  const Model& model_;
  std::int32_t most_rounds_;
  std::vector<Call> calls_;
  std::map<Key, Variable> known_;
};

}  // namespace

Graph resolve_variables(const Model& model, std::int32_t most_rounds) {
  std::map<Key, ValueId> here;
  return Resolver(model, most_rounds).resolve(0, here);
}

}  // namespace mirim
