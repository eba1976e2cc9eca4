#include "mirim/passes/unroll.hpp"

#include <algorithm>
#include <cstring>
#include <map>

#include "mirim/base/error.hpp"
#include "mirim/graph/random_input.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/gather.hpp"
#include "mirim/ops/pack.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/resource_variable.hpp"
#include "mirim/ops/softmax.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kMostNodes = 200'000;

class Unroller {
 public:
  Unroller(const Graph& graph, std::int64_t steps) : source_(graph), graph_(graph), steps_(steps) {
    check();
    const auto makers = producers(source_);
    const auto readers = consumers(source_);
    for (const ValueId output : source_.outputs) {
      const int maker = makers[static_cast<std::size_t>(output)];
      if (maker < 0 || !readers[static_cast<std::size_t>(output)].empty()) continue;
      const Node& node = source_.nodes[static_cast<std::size_t>(maker)];
      if (node.op.is<Logistic>() || node.op.is<Softmax>()) last_.emplace(output, &node);
    }
    graph_.nodes.clear();
    graph_.inputs.clear();
    graph_.outputs.clear();
    // A variable becomes what its state is at the moment; the value itself stays, unused, so that ids do.
    for (Value& value : graph_.values) {
      if (value.variable) value = Value{.name = value.name, .type = value.type};
    }
  }

  Graph run() {
    const Value& input = source_[source_.inputs[0]];
    std::vector<std::int64_t> shape{1, steps_};
    shape.insert(shape.end(), input.type.shape.begin() + 1, input.type.shape.end());
    Value sequence = input;
    sequence.type.shape = Shape(shape);
    sequence.name += "/sequence";
    sequence_ = graph_.add(std::move(sequence));
    graph_.inputs = {sequence_};
    for (std::size_t v = 0; v < source_.values.size(); ++v) {
      if (source_.values[v].variable) state_.emplace(static_cast<ValueId>(v), begin(source_.values[v]));
    }
    std::vector<std::vector<ValueId>> answers(source_.outputs.size());
    for (std::int64_t t = 0; t < steps_; ++t) {
      step(t);
      for (std::size_t i = 0; i < answers.size(); ++i)
        answers[i].push_back(now(before_probability(source_.outputs[i])));
    }
    for (std::size_t i = 0; i < answers.size(); ++i) graph_.outputs.push_back(joined(source_.outputs[i], answers[i]));
    return std::move(graph_);
  }

 private:
  void check() const {
    if (source_.inputs.size() != 1 || distribution_of(source_[source_.inputs[0]])) {
      fail("the model has {} inputs; one that is trained over sequences has one", source_.inputs.size());
    }
    const Value& input = source_[source_.inputs[0]];
    if (input.type.dtype != DType::float32 || input.type.shape.rank() < 2 || input.type.shape[0] != 1) {
      fail("'{}' is {}[{}]; a model that is trained over sequences reads float32 [1, ...]", input.name,
           name(input.type.dtype), to_string(input.type.shape));
    }
    if (steps_ * std::ssize(source_.nodes) > kMostNodes) {
      fail("{} operators in {} steps are more than {}, which training unrolls at most; train on shorter sequences",
           source_.nodes.size(), steps_, kMostNodes);
    }
    for (std::size_t n = 0; n < source_.nodes.size(); ++n) {
      const Node& node = source_.nodes[n];
      if (node.op.is<AssignVariable>()) continue;
      for (const ValueId id : written_variables(source_, node)) {
        fail("{} keeps '{}' from step to step, which is not trained through time; give the model whole sequences",
             describe(source_, static_cast<int>(n)), source_[id].name);
      }
    }
  }

  ValueId constant(const std::string& name, Shape shape, const std::vector<float>& values) {
    return graph_.add({.name = name, .type = {DType::float32, std::move(shape)}, .constant = make_constant(values)});
  }
  ValueId indices(const std::string& name, Shape shape, const std::vector<std::int32_t>& values) {
    return graph_.add({.name = name, .type = {DType::int32, std::move(shape)}, .constant = make_constant(values)});
  }

  /// What a variable holds at first, for each sample: the first number of the sequence times zeros, so that it has the
  /// batch, and its content.
  ValueId begin(const Value& variable) {
    const Shape& shape = variable.type.shape;
    if (variable.type.dtype != DType::float32 || shape.rank() < 1 || shape[0] != 1) {
      fail("state '{}' is {}[{}]; only float32 [1, ...] is trained through time", variable.name,
           name(variable.type.dtype), to_string(shape));
    }
    const auto named = [&](const char* what) { return variable.name + "/" + what; };
    if (source_number_ == kNoValue) {
      const ValueId first =
          graph_.add(Gather{.axis = 1}, {sequence_, indices("sequence/at_0", {}, {0})}, "sequence/first");
      const auto size = static_cast<std::int32_t>(graph_[first].type.shape.elements());
      const ValueId row = graph_.add(Reshape{}, {first, indices("sequence/row_shape", {2}, {1, size})}, "sequence/row");
      source_number_ = graph_.add(Gather{.axis = 1}, {row, indices("sequence/number", {1}, {0})}, "sequence/of_batch");
    }
    ValueId number = source_number_;
    if (shape.rank() != 2) {
      const std::vector<std::int32_t> ones(static_cast<std::size_t>(shape.rank()), 1);
      number = graph_.add(Reshape{}, {number, indices(named("ones"), {shape.rank()}, ones)}, named("number"));
    }
    const auto size = static_cast<std::size_t>(shape.elements());
    ValueId state =
        graph_.add(Mul{}, {number, constant(named("zeros"), shape, std::vector<float>(size))}, named("nothing"));
    const Bytes bytes = initial_content(variable);
    std::vector<float> content(size);
    std::memcpy(content.data(), bytes.data(), bytes.size());
    if (std::ranges::any_of(content, [](float v) { return v != 0; })) {
      const ValueId held = constant(named("content"), shape, content);
      state = graph_.add(Add{}, {state, held}, named("at_first"));
    }
    return state;
  }

  ValueId now(ValueId id) const {
    if (id == kNoValue) return id;
    if (const auto state = state_.find(id); state != state_.end()) return state->second;
    const auto made = made_.find(id);
    return made == made_.end() ? id : made->second;
  }

  void step(std::int64_t t) {
    made_.clear();
    const std::string at = "@" + std::to_string(t);
    made_[source_.inputs[0]] =
        graph_.add(Gather{.axis = 1}, {sequence_, indices("at" + at, {}, {static_cast<std::int32_t>(t)})}, "now" + at);
    for (const Node& node : source_.nodes) {
      if (node.op.is<ReadVariable>()) {
        made_[node.outputs[0]] = now(node.inputs[0]);
      } else if (node.op.is<AssignVariable>()) {
        state_[node.inputs[0]] = now(node.inputs[1]);
      } else if (node.outputs.empty() || !last_.contains(node.outputs[0])) {
        Node copy = node;
        for (ValueId& id : copy.inputs) id = now(id);
        for (ValueId& id : copy.outputs) {
          if (id == kNoValue) continue;
          Value value = source_[id];
          value.name += at;
          made_[id] = graph_.add(std::move(value));
          id = made_[id];
        }
        graph_.nodes.push_back(std::move(copy));
      }
    }
  }

  ValueId before_probability(ValueId output) const {
    const auto last = last_.find(output);
    return last == last_.end() ? output : last->second->inputs[0];
  }

  ValueId joined(ValueId output, const std::vector<ValueId>& answers) {
    const std::string& name = source_[output].name;
    const ValueId all =
        graph_.add(Pack{.values_count = static_cast<std::int32_t>(steps_), .axis = 1}, answers, name + "/steps");
    const auto last = last_.find(output);
    return last == last_.end() ? all : graph_.add(last->second->op, {all}, name + "/sequence");
  }

  const Graph& source_;
  Graph graph_;
  std::int64_t steps_;
  ValueId sequence_ = kNoValue, source_number_ = kNoValue;
  std::map<ValueId, ValueId> state_{};  // of each variable its content at the moment
  std::map<ValueId, ValueId> made_{};   // of each value of the step
  /// A loss reads what is before a last LOGISTIC or SOFTMAX, so there is one alone, behind all steps: by output.
  std::map<ValueId, const Node*> last_{};
};

}  // namespace

bool reads_steps_of(const Graph& graph, const TensorType& sample) {
  if (graph.inputs.size() != 1 || sample.shape.rank() < 2 || sample.shape[0] < 2) return false;
  // In a file a variable is still behind a handle.
  const auto reads = [](const Node& node) { return node.op.is<ReadVariable>(); };
  if (!keeps_state(graph) && std::ranges::none_of(graph.nodes, reads)) return false;
  const Shape& input = graph[graph.inputs[0]].type.shape;
  return sample.shape.elements() == input.elements() * sample.shape[0];
}

Graph unroll(const Graph& graph, std::int64_t steps) { return Unroller(graph, steps).run(); }

}  // namespace mirim
