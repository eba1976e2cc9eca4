#include "mirim/graph/verify.hpp"

#include <fmt/format.h>

#include <cmath>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

class Verifier {
 public:
  explicit Verifier(const Graph& graph)
      : graph_(graph), known_(graph.values.size(), 0), broken_(graph.values.size(), 0) {}

  std::vector<std::string> problems;

  void run() {
    for (std::size_t i = 0; i < graph_.values.size(); ++i) check_value(static_cast<ValueId>(i));
    for (const ValueId id : graph_.inputs) {
      if (!in_range(id)) {
        report("the graph's input {} is no value", id);
      } else if (std::exchange(known_[static_cast<std::size_t>(id)], 1) == 1 && !graph_[id].variable) {
        report("value {} '{}' is an input twice, or a constant as well", id, graph_[id].name);
      }
    }
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) check_node(static_cast<int>(n));
    for (const ValueId id : graph_.outputs) {
      if (!in_range(id)) {
        report("the graph's output {} is no value", id);
      } else if (!known_[static_cast<std::size_t>(id)]) {
        report("the graph's output '{}' is made by no node", graph_[id].name);
      }
    }
  }

 private:
  template <class... Args>
  void report(fmt::format_string<Args...> format, Args&&... args) {
    problems.push_back(fmt::format(format, std::forward<Args>(args)...));
  }

  bool in_range(ValueId id) const { return id >= 0 && static_cast<std::size_t>(id) < graph_.values.size(); }

  void check_value(ValueId id) {
    const Value& value = graph_[id];
    const std::string where = fmt::format("value {} '{}'", id, value.name);
    const std::size_t found = problems.size();
    try {
      const std::int64_t bytes = value.type.bytes();
      if (value.constant && bits(value.type.dtype) > 0 && static_cast<std::int64_t>(value.constant->size()) != bytes) {
        report("{}: the constant has {} bytes, its type {}[{}] needs {}", where, value.constant->size(),
               name(value.type.dtype), to_string(value.type.shape), bytes);
      }
      check_quantization(where, value);
    } catch (const Error& error) {
      report("{}: {}", where, error.what());
    }
    broken_[static_cast<std::size_t>(id)] = problems.size() > found;
    // Constants and variables are there before anything runs.
    if (value.constant || value.variable) known_[static_cast<std::size_t>(id)] = 1;
  }

  void check_quantization(const std::string& where, const Value& value) {
    const Quantization& q = value.quantization;
    if (q.empty()) {
      if (!q.zero_point.empty()) report("{}: has zero points without scales", where);
      return;
    }
    if (q.zero_point.size() != q.scale.size()) {
      report("{}: has {} scales and {} zero points, expected as many", where, q.scale.size(), q.zero_point.size());
    }
    for (const float scale : q.scale) {
      if (!std::isfinite(scale) || scale <= 0) {
        report("{}: the scale {} is not finite and positive", where, scale);
        break;
      }
    }
    if (!q.per_channel()) return;
    if (q.dimension < 0 || q.dimension >= value.type.shape.rank()) {
      report("{}: is quantized along axis {}, its shape is [{}]", where, q.dimension, to_string(value.type.shape));
    } else if (value.type.shape[q.dimension] != static_cast<std::int64_t>(q.scale.size())) {
      report("{}: has {} scales along axis {} of [{}]", where, q.scale.size(), q.dimension,
             to_string(value.type.shape));
    }
  }

  void check_node(int n) {
    const Node& node = graph_.nodes[static_cast<std::size_t>(n)];
    if (!check_ids(n, node)) return;
    const std::string where = describe(graph_, n);
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && !known_[static_cast<std::size_t>(id)]) {
        report("{}: reads '{}' before any node made it", where, graph_[id].name);
      }
    }
    for (const ValueId id : node.outputs) {
      if (id == kNoValue) continue;
      if (std::exchange(known_[static_cast<std::size_t>(id)], 1)) {
        report("{}: makes '{}', which is given or made already", where, graph_[id].name);
      }
    }
    // Operators trust that a constant is as large as its type says; what is wrong with it has been told.
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && broken_[static_cast<std::size_t>(id)]) return;
    }
    try {
      compare(where, node, node.op.infer(operands(graph_, node.inputs)));
    } catch (const Error& error) {
      report("{}: {}", where, error.what());
    }
  }

  bool check_ids(int n, const Node& node) {
    for (const auto* ids : {&node.inputs, &node.outputs}) {
      for (const ValueId id : *ids) {
        if (id == kNoValue || in_range(id)) continue;
        report("node {} ({}): operand {} is no value, there are {}", n, node.op.name(), id, graph_.values.size());
        return false;
      }
    }
    return true;
  }

  void compare(const std::string& where, const Node& node, const std::vector<TensorType>& inferred) {
    if (inferred.size() != node.outputs.size()) {
      report("{}: has {} outputs, expected {}", where, node.outputs.size(), inferred.size());
      return;
    }
    for (std::size_t i = 0; i < inferred.size(); ++i) {
      if (node.outputs[i] == kNoValue) continue;
      const TensorType& declared = graph_[node.outputs[i]].type;
      if (declared == inferred[i]) continue;
      report("{}: output {} is declared {}[{}], expected {}[{}]", where, i, name(declared.dtype),
             to_string(declared.shape), name(inferred[i].dtype), to_string(inferred[i].shape));
    }
  }

  const Graph& graph_;
  std::vector<char> known_;   // given, constant, variable or made by a node so far
  std::vector<char> broken_;  // has a problem of its own
};

void throw_first(const std::vector<std::string>& problems) {
  if (problems.empty()) return;
  if (problems.size() == 1) throw Error(problems[0]);
  fail("{} (and {} more problems)", problems[0], problems.size() - 1);
}

}  // namespace

std::vector<std::string> verify(const Graph& graph) {
  Verifier verifier(graph);
  verifier.run();
  return std::move(verifier.problems);
}

std::vector<std::string> verify(const Model& model) {
  std::vector<std::string> problems;
  if (model.graphs.empty()) problems.push_back("the model has no graph");
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    for (std::string& problem : verify(model.graphs[g])) {
      problems.push_back(model.graphs.size() == 1 ? std::move(problem) : fmt::format("graph {}: {}", g, problem));
    }
  }
  for (const Signature& signature : model.signatures) {
    if (signature.graph < 0 || static_cast<std::size_t>(signature.graph) >= model.graphs.size()) {
      problems.push_back(fmt::format("signature '{}': graph {} does not exist", signature.key, signature.graph));
      continue;
    }
    const auto count = model.graphs[static_cast<std::size_t>(signature.graph)].values.size();
    for (const auto* side : {&signature.inputs, &signature.outputs}) {
      for (const auto& [name, id] : *side) {
        if (id >= 0 && static_cast<std::size_t>(id) < count) continue;
        problems.push_back(
            fmt::format("signature '{}': '{}' is value {}, which does not exist", signature.key, name, id));
      }
    }
  }
  return problems;
}

void verify_or_throw(const Graph& graph) { throw_first(verify(graph)); }
void verify_or_throw(const Model& model) { throw_first(verify(model)); }

}  // namespace mirim
