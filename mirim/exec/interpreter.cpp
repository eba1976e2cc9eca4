#include "mirim/exec/interpreter.hpp"

#include <algorithm>
#include <cstring>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/exec/arena.hpp"
#include "mirim/exec/flow.hpp"
#include "mirim/exec/onednn/engine.hpp"
#include "mirim/graph/hollow.hpp"
#include "mirim/graph/known_values.hpp"
#include "mirim/ops/densify.hpp"
#include "mirim/ops/dequantize.hpp"

namespace mirim {

struct Interpreter::Inside {
  Graph graph;
  Sums sums;
  Arena arena;
  std::vector<TensorView> tensors;               // by ValueId; empty bytes for constants
  std::vector<std::vector<ConstTensorView>> in;  // by node
  std::vector<std::vector<TensorView>> out;      // by node
  std::vector<std::function<void()>> run;        // by node
  Flow flow;

  Inside(Graph g, Sums s) : graph(std::move(g)), sums(s) {
    require_weights(graph, "run");
    use_threads(1);
    check_types();
    widen_constants();
    bind_values();
    reset();
    prepare_nodes();
    flow = Flow(graph, in);
  }

  // What shapes are computed from becomes constant; the nodes that compute it are not run.
  void check_types() {
    KnownValues known(graph);
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const Node& node = graph.nodes[n];
      const std::string where = describe(graph, static_cast<int>(n));
      const auto types = in_context(where, [&] { return node.op.infer(known.operands(node.inputs)); });
      if (types.size() != node.outputs.size()) {
        fail("{}: has {} outputs, its operator gives {}", where, node.outputs.size(), types.size());
      }
      for (std::size_t i = 0; i < types.size(); ++i) {
        if (node.outputs[i] == kNoValue) continue;
        const TensorType& declared = graph[node.outputs[i]].type;
        if (declared.shape != types[i].shape || declared.dtype != types[i].dtype) {
          fail("{}: output {} is declared {} {} but its operator gives {} {}", where, i, name(declared.dtype),
               to_string(declared.shape), name(types[i].dtype), to_string(types[i].shape));
        }
      }
      in_context(where, [&] { known.learn(node); });
    }
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      if (const Constant& learned = known.learned(static_cast<ValueId>(i))) graph.values[i].constant = learned;
    }
  }

  // Constant weights that are sparse, float16 or integer, with DENSIFY or DEQUANTIZE before their layer, are made dense
  // float32 once.
  void widen_constants() {
    for (const Node& node : graph.nodes) {
      const bool widens = node.op.is<Dequantize>() || node.op.is<Densify>();
      if (!widens || node.outputs[0] == kNoValue || !graph[node.inputs[0]].is_constant()) continue;
      const Operand input = graph[node.inputs[0]].operand();
      const std::vector<ConstTensorView> x{{input.type, input.quantization, input.constant}};
      Tensor wide(graph[node.outputs[0]].type);
      const std::vector<TensorView> y{wide.view()};
      node.op.forward(Inputs(x), Outputs(y));
      graph[node.outputs[0]].constant = make_constant(std::move(wide.bytes));
    }
  }

  void bind_values() {
    std::vector<std::optional<Arena::BufferId>> buffers(graph.values.size());
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      const Value& value = graph.values[i];
      if (!value.is_constant()) buffers[i] = in_context(value.name, [&] { return arena.add(value.type.bytes()); });
    }
    arena.place();
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      const Value& value = graph.values[i];
      TensorView view{&value.type, &value.quantization, {}};
      if (buffers[i]) view.bytes = {arena.at(*buffers[i]), static_cast<std::size_t>(value.type.bytes())};
      tensors.push_back(view);
    }
  }

  void prepare_nodes() {
    in.resize(graph.nodes.size());
    out.resize(graph.nodes.size());
    for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
      const Node& node = graph.nodes[n];
      for (const ValueId id : node.inputs) in[n].push_back(id == kNoValue ? ConstTensorView{} : value(id));
      for (const ValueId id : node.outputs) out[n].push_back(id == kNoValue ? TensorView{} : tensor(id));
      const bool known = !node.outputs.empty() && std::ranges::all_of(node.outputs, [&](ValueId id) {
        return id != kNoValue && graph[id].is_constant();
      });
      if (known) {
        run.emplace_back([] {});
        continue;
      }
      in_context(describe(graph, static_cast<int>(n)), [&] {
        for (const ValueId id : written_variables(graph, node)) out[n].push_back(tensor(id));
        run.push_back(prepare(n));
      });
    }
  }

  std::function<void()> prepare(std::size_t n) {
    if (makes_nothing(Outputs(out[n]))) return [] {};
    const BoundNode bound{graph, graph.nodes[n], Inputs(in[n]), Outputs(out[n]), sums};
    for (const Implementation& implementation : implementations()) {
      if (auto ready = implementation.prepare(bound)) return ready;
    }
    fail("no implementation runs it");
  }

  void reset() {
    for (std::size_t i = 0; i < graph.values.size(); ++i) {
      if (graph.values[i].variable) std::ranges::copy(initial_content(graph.values[i]), tensors[i].bytes.begin());
    }
  }

  TensorView tensor(ValueId id) const { return tensors[static_cast<std::size_t>(id)]; }

  ConstTensorView value(ValueId id) const {
    const Value& v = graph[id];
    if (v.is_constant()) return {&v.type, &v.quantization, *v.constant};
    return tensor(id);
  }
};

Interpreter::Interpreter(Graph graph, Sums sums) : inside_(std::make_unique<Inside>(std::move(graph), sums)) {}
Interpreter::Interpreter(Interpreter&&) noexcept = default;
Interpreter& Interpreter::operator=(Interpreter&&) noexcept = default;
Interpreter::~Interpreter() = default;

const Graph& Interpreter::graph() const { return inside_->graph; }

TensorView Interpreter::input(int i) { return inside_->tensor(inside_->graph.inputs.at(static_cast<std::size_t>(i))); }

ConstTensorView Interpreter::output(int i) const {
  return inside_->value(inside_->graph.outputs.at(static_cast<std::size_t>(i)));
}

ConstTensorView Interpreter::value(ValueId id) const { return inside_->value(id); }

void Interpreter::set_input(int i, BytesView bytes) {
  const TensorView to = input(i);
  if (bytes.size() != to.bytes.size()) {
    fail("input {} '{}' takes {} bytes ({} {}), got {}", i, graph()[graph().inputs[static_cast<std::size_t>(i)]].name,
         to.bytes.size(), name(to.dtype()), to_string(to.shape()), bytes.size());
  }
  std::memcpy(to.bytes.data(), bytes.data(), bytes.size());
}

void Interpreter::run() {
  use_threads(1);  // per thread: many interpreters may run in parallel
  inside_->flow.run(inside_->run, inside_->run.size());
}

void Interpreter::run(int nodes) {
  use_threads(1);
  inside_->flow.run(inside_->run, std::min(inside_->run.size(), static_cast<std::size_t>(nodes)));
}

void Interpreter::run_watched(const std::function<void(int node)>& after) {
  use_threads(1);
  inside_->flow.run(inside_->run, inside_->run.size(), after);
}

void Interpreter::reset() { inside_->reset(); }

}  // namespace mirim
