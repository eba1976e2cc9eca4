#include "mirim/graph/verify.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "mirim/base/error.hpp"
#include "mirim/base/text.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/graph/calls.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/graph/match.hpp"
#include "mirim/graph/opaque.hpp"
#include "mirim/graph/scopes.hpp"

namespace mirim {
namespace {

class Verifier {
 public:
  /// `called`: it runs in the place of a node of another graph (`resolve_calls`), where its types are inferred again
  /// and the whole is verified. Those that it declares may be placeholders.
  explicit Verifier(const Graph& graph, bool called = false)
      : graph_(graph),
        called_(called),
        known_(graph.values.size(), 0),
        made_(graph.values.size(), 0),
        broken_(graph.values.size(), 0),
        encoded_(graph.values.size(), 0),
        values_(graph) {
    for (const Node& node : graph.nodes) {
      for (const ValueId id : node.outputs) {
        if (in_range(id)) made_[static_cast<std::size_t>(id)] = 1;
      }
    }
    find_encoded();
  }

  Findings findings;

  void run() {
    for (std::size_t i = 0; i < graph_.values.size(); ++i) check_value(static_cast<ValueId>(i));
    for (const ValueId id : graph_.inputs) {
      if (!in_range(id)) {
        report("the graph's input {} is no value", id);
      } else if (std::exchange(known_[static_cast<std::size_t>(id)], 1) == 1 && !graph_[id].variable) {
        report("value {} '{}' is an input twice, or a constant as well", id, shortened(graph_[id].name));
      }
    }
    for (std::size_t n = 0; n < graph_.nodes.size(); ++n) check_node(static_cast<int>(n));
    for (const ValueId id : graph_.outputs) {
      if (!in_range(id)) {
        report("the graph's output {} is no value", id);
      } else if (!known_[static_cast<std::size_t>(id)]) {
        report("the graph's output '{}' is made by no node", shortened(graph_[id].name));
      }
    }
    if (findings.problems.empty()) check_scopes();
    if (!is_text(graph_.name)) report("the graph's name '{}' is not text", shortened(graph_.name));
  }

 private:
  template <class... Args>
  void report(fmt::format_string<Args...> format, Args&&... args) {
    if (findings.problems.size() == kMostFindings) return;
    // By way of Error, which makes one line of it.
    findings.problems.emplace_back(Error(fmt::format(format, std::forward<Args>(args)...)).what());
  }

  void check_scopes() {
    try {
      find_scopes(graph_);
    } catch (const Error& error) {
      report("{}", error.what());
    }
  }

  // tflite-micro's tool leaves encoded bytes the scales of the numbers that they stand for.
  void find_encoded() {
    const auto mark = [&](bool decodes, char as) {
      for (const Node& node : graph_.nodes) {
        const auto* opaque = node.op.as<Opaque>();
        if ((opaque != nullptr && opaque->title == kTflmDecode) != decodes) continue;
        for (const ValueId id : node.inputs) {
          if (in_range(id)) encoded_[static_cast<std::size_t>(id)] = as;
        }
      }
    };
    mark(true, 1);
    mark(false, 0);
  }

  bool in_range(ValueId id) const { return id >= 0 && static_cast<std::size_t>(id) < graph_.values.size(); }

  void check_value(ValueId id) {
    const Value& value = graph_[id];
    const std::string where = fmt::format("value {} '{}'", id, shortened(value.name));
    const std::size_t found = findings.problems.size();
    if (!is_text(value.name)) report("{}: the name is not text", where);
    try {
      check_size(where, value);
      if (!encoded_[static_cast<std::size_t>(id)]) check_quantization(where, value);
    } catch (const Error& error) {
      report("{}: {}", where, error.what());
    }
    broken_[static_cast<std::size_t>(id)] = findings.problems.size() > found || found == kMostFindings;
    // Constants and variables exist before the first node runs.
    if (value.constant || value.variable) known_[static_cast<std::size_t>(id)] = 1;
  }

  void check_size(const std::string& where, const Value& value) {
    if (name(value.type.dtype) == "?") fail("there is no type {}", static_cast<int>(value.type.dtype));
    // Device kernels and other runtimes count in 32 bits.
    if (value.type.shape.elements() > std::numeric_limits<std::int32_t>::max()) {
      fail("shape {} has too many elements", to_string(value.type.shape));
    }
    if (!value.constant || bits(value.type.dtype) == 0) return;
    if (is_hollow(value) && is_hollow(graph_)) return;
    if (static_cast<std::int64_t>(value.constant->size()) != value.type.bytes()) {
      report("{}: the constant has {} bytes, its type {}[{}] needs {}", where, value.constant->size(),
             name(value.type.dtype), to_string(value.type.shape), value.type.bytes());
    } else if (value.type.dtype == DType::boolean && std::any_of(value.constant->begin(), value.constant->end(),
                                                                 [](std::byte b) { return b > std::byte{1}; })) {
      report("{}: the constant is bool and has elements that are neither 0 nor 1", where);
    }
  }

  void check_blocks(const std::string& where, const Value& value) {
    const Quantization& q = value.quantization;
    const Shape& shape = value.type.shape;
    const auto blocks = static_cast<std::int64_t>(q.scale.size());
    const bool whole = shape.rank() == 2 && shape.elements() > 0 && blocks % shape[0] == 0;
    if (!whole || shape[1] % (blocks / shape[0]) != 0) {
      report("{}: is quantized in {} blocks, which do not divide the rows of [{}]", where, blocks, to_string(shape));
    } else if (!std::ranges::all_of(q.scale, [](float scale) { return std::isfinite(scale) && scale >= 0; })) {
      report("{}: the scale of a block is negative or not finite", where);
    }
  }

  void check_quantization(const std::string& where, const Value& value) {
    const Quantization& q = value.quantization;
    if (is_in_blocks(q)) return check_blocks(where, value);
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
    const auto [least, most] = integer_range(value.type.dtype);
    for (const std::int64_t zero_point : q.zero_point) {
      if (zero_point < least || zero_point > most) {
        report("{}: the zero point {} is no {}, expected {} to {}", where, zero_point, name(value.type.dtype), least,
               most);
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
    const bool sound_ids = check_ids(n, node);
    const std::string where =
        sound_ids ? describe(graph_, n) : fmt::format("node {} ({})", n, shortened(node.op.name()));
    if (!is_text(node.op.name())) report("{}: the operator's name is not text", where);
    for (const ValueId id : node.inputs) {
      // What no node makes is the scratch memory of an operator that only its own runtime knows: Vela writes such.
      const bool is_scratch = in_range(id) && !made_[static_cast<std::size_t>(id)] && node.op.is<Opaque>();
      if (in_range(id) && !known_[static_cast<std::size_t>(id)] && !is_scratch) {
        report("{}: reads '{}' before any node made it", where, shortened(graph_[id].name));
      }
    }
    for (const ValueId id : node.outputs) {
      if (in_range(id) && std::exchange(known_[static_cast<std::size_t>(id)], 1)) {
        report("{}: makes '{}', which is given or made already", where, shortened(graph_[id].name));
      }
    }
    if (!sound_ids) return;
    // Operators trust that a constant has the size of its type; if not, that has been reported.
    for (const ValueId id : node.inputs) {
      if (id != kNoValue && broken_[static_cast<std::size_t>(id)]) return;
    }
    // Values of unknown size; the node that causes it has been reported.
    const auto is_open = [&](ValueId id) { return id != kNoValue && !shape_is_known(graph_[id]); };
    if (!node.op.is<Opaque>() && std::ranges::any_of(node.inputs, is_open)) return;
    try {
      const std::size_t found = findings.problems.size();
      const bool as_declared = compare(where, node, node.op.infer(values_.operands(node.inputs)));
      written_variables(graph_, node);
      if (findings.problems.size() != found || found == kMostFindings || !as_declared) return;
      values_.learn(node);
      check_kernel(node);
    } catch (const Unsupported& reason) {
      // What a handle refers to and what a called graph gives is known only with the whole model at hand
      // (`resolve_variables`, `resolve_calls`). No other operator takes a handle.
      const bool is_state = node.op.kind() == OperatorKind::state;
      if (is_state && (touches_resource(graph_, node) || !called_graphs(node.op).empty())) return;
      if (composite_graph(node.op)) return;
      const auto* opaque = node.op.as<Opaque>();
      const bool is_told = opaque != nullptr && opaque->reason.empty();
      if (!is_told && findings.unsupported.size() < kMostFindings) {
        findings.unsupported.push_back(fmt::format("{}: {}", where, reason.what()));
      }
    } catch (const Error& error) {
      if (!called_) report("{}: {}", where, error.what());
    }
  }

  // infer checks types and shapes. The kernel of a quantized node requires more, and says so itself. 8-bit tensors
  // without scales cannot run anywhere; everything else may be something that mirim lacks (plain 16-bit integers, which
  // TensorFlow Lite adds) or cannot compute correctly.
  void check_kernel(const Node& node) {
    const auto has = [&](auto&& property) {
      const auto holds = [&](ValueId id) { return id != kNoValue && property(graph_[id]); };
      return std::ranges::any_of(node.inputs, holds) || std::ranges::any_of(node.outputs, holds);
    };
    const auto lacks_scales = [](const Value& value) {
      const DType dtype = value.type.dtype;
      return value.quantization.empty() && (dtype == DType::int8 || dtype == DType::uint8 || dtype == DType::int16);
    };
    const auto is_quantized = [](const Value& value) {
      return value.type.dtype != DType::float32 && !value.quantization.empty();
    };
    if (!node.op.deployable() || !(has(lacks_scales) || has(is_quantized))) return;
    try {
      // With the state that it has once the model is made ready to run.
      auto in = values_.operands(node.inputs);
      const auto states = node.op.hidden_states(Types(in));
      const Quantization none;
      for (const TensorType& state : states) in.push_back({&state, &none, {}});
      node.op.lower(in, operands(graph_, node.outputs));
    } catch (const Error& error) {
      if (has([&](const Value& value) { return lacks_scales(value) && value.type.dtype != DType::int16; })) throw;
      fail_unsupported("{}", error.what());
    }
  }

  bool check_ids(int n, const Node& node) {
    bool sound = true;
    for (const auto* ids : {&node.inputs, &node.outputs, &node.intermediates}) {
      for (const ValueId id : *ids) {
        if (id == kNoValue || in_range(id)) continue;
        report("node {} ({}): operand {} is no value, there are {}", n, shortened(node.op.name()), id,
               graph_.values.size());
        sound = false;
      }
    }
    return sound;
  }

  // Whether the outputs are declared as inferred.
  bool compare(const std::string& where, const Node& node, const std::vector<TensorType>& inferred) {
    if (inferred.size() != node.outputs.size()) {
      report("{}: has {} outputs, expected {}", where, node.outputs.size(), inferred.size());
      return false;
    }
    bool equal = true;
    for (std::size_t i = 0; i < inferred.size(); ++i) {
      if (node.outputs[i] == kNoValue) {
        report("{}: output {} is left out, which only inputs may be", where, i);
        equal = false;
        continue;
      }
      const TensorType& declared = graph_[node.outputs[i]].type;
      const bool are_handles = declared.dtype == DType::resource && inferred[i].dtype == DType::resource;
      if (declared == inferred[i] || are_handles) continue;
      equal = false;
      if (called_ && declared.dtype == inferred[i].dtype) continue;
      report("{}: output {} is declared {}[{}], expected {}[{}]", where, i, name(declared.dtype),
             to_string(declared.shape), name(inferred[i].dtype), to_string(inferred[i].shape));
    }
    return equal;
  }

  const Graph& graph_;
  bool called_;
  std::vector<char> known_;    // given, constant, variable or made by a node so far
  std::vector<char> made_;     // made by some node
  std::vector<char> broken_;   // has a problem of its own
  std::vector<char> encoded_;  // read by TFLM_DECODE only
  KnownValues values_;         // what shapes are computed from
};

void append(std::vector<std::string>& to, std::vector<std::string> lines, const std::string& prefix) {
  for (std::string& line : lines) {
    if (to.size() == kMostFindings) return;
    to.push_back(prefix.empty() ? std::move(line) : prefix + line);
  }
}

void check_signature(const Model& model, const Signature& signature, std::vector<std::string>& problems) {
  const std::string where = fmt::format("signature '{}'", shortened(signature.key));
  const auto report = [&](const std::string& what) { append(problems, {Error(where + ": " + what).what()}, ""); };
  if (!is_text(signature.key)) report("its key is not text");
  if (signature.graph < 0 || static_cast<std::size_t>(signature.graph) >= model.graphs.size()) {
    report(fmt::format("graph {} does not exist", signature.graph));
    return;
  }
  const auto count = model.graphs[static_cast<std::size_t>(signature.graph)].values.size();
  for (const auto* side : {&signature.inputs, &signature.outputs}) {
    for (const auto& [name, id] : *side) {
      if (!is_text(name)) report(fmt::format("the name '{}' is not text", shortened(name)));
      if (id >= 0 && static_cast<std::size_t>(id) < count) continue;
      report(fmt::format("'{}' is value {}, which does not exist", shortened(name), id));
    }
  }
}

std::vector<std::string> all_of(Findings findings) {
  append(findings.problems, std::move(findings.unsupported), "");
  return std::move(findings.problems);
}

Findings examine(const Graph& graph, bool called) {
  Verifier verifier(graph, called);
  verifier.run();
  return std::move(verifier.findings);
}

}  // namespace

Findings examine(const Graph& graph) { return examine(graph, false); }

Findings examine(const Model& model) {
  Findings findings;
  if (model.graphs.empty()) findings.problems.push_back("the model has no graph");
  std::set<std::int32_t> called;
  for (const Graph& graph : model.graphs) {
    for (const Node& node : graph.nodes) {
      for (const std::int32_t g : called_graphs(node.op)) called.insert(g);
    }
  }
  for (std::size_t g = 0; g < model.graphs.size(); ++g) {
    const std::string prefix = model.graphs.size() == 1 ? "" : fmt::format("graph {}: ", g);
    const bool is_called = called.contains(static_cast<std::int32_t>(g));
    Findings found = examine(model.graphs[g], is_called);
    append(findings.problems, std::move(found.problems), prefix);
    if (!is_called) append(findings.unsupported, std::move(found.unsupported), prefix);
    append(findings.warnings, std::move(found.warnings), prefix);
  }
  append(findings.problems, check_calls(model), "");
  for (const Signature& signature : model.signatures) check_signature(model, signature, findings.problems);
  return findings;
}

std::vector<std::string> verify(const Graph& graph) { return all_of(examine(graph)); }
std::vector<std::string> verify(const Model& model) { return all_of(examine(model)); }

void verify_or_throw(const Graph& graph) { throw_first(verify(graph)); }
void verify_or_throw(const Model& model) { throw_first(verify(model)); }

void throw_first(const std::vector<std::string>& problems) {
  if (problems.empty()) return;
  if (problems.size() == 1) throw Error(problems[0]);
  fail("{} (and {} more problem{})", problems[0], problems.size() - 1, problems.size() == 2 ? "" : "s");
}

}  // namespace mirim
