#include "mirim/learn/rows.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/data/batches.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/train/data_source.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kBatch = 64;

/// The graph up to the node that makes `value`, which becomes its output.
Graph up_to(Graph graph, ValueId value) {
  graph.outputs = {value};
  return graph;
}

}  // namespace

double squared_distance(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t k = 0; k < a.size(); ++k) {
    const double d = static_cast<double>(a[k]) - static_cast<double>(b[k]);
    sum += d * d;
  }
  return sum;
}

Rows values_of(const Graph& graph, ValueId value, const Subset& samples, const Lesson& lesson) {
  Rows result{.rows = samples.size(), .columns = graph[value].type.shape.elements()};
  result.values.resize(static_cast<std::size_t>(result.rows * result.columns));
  const std::int64_t batch = keeps_state(graph) ? 1 : std::min(kBatch, samples.size());
  const Graph part = up_to(graph, value);
  // The last samples are too few for a batch: they come one by one.
  Interpreter one(part);
  Interpreter many(batch > 1 ? rebatch(part, batch) : part);
  Batches source(samples, {.read_ahead = false});
  for (std::int64_t first = 0; first < result.rows;) {
    lesson.check_stop();
    const std::int64_t count = result.rows - first < batch ? 1 : batch;
    Interpreter& interpreter = count == batch ? many : one;
    const auto x = interpreter.input(0).as<float>();
    source.fill(0, first, count, x, {}, {});
    interpreter.run();
    const auto y = interpreter.output(0).as<float>();
    std::ranges::copy(y, result.values.begin() + first * result.columns);
    first += count;
  }
  for (const float v : result.values) {
    if (!std::isfinite(v))
      fail("'{}' becomes {} on the training samples; look at the range of the data", graph[value].name, v);
  }
  return result;
}

Rows targets_of(const Lesson& lesson, const Subset& samples) {
  const Dataset& data = *samples.data;
  Rows result{.rows = samples.size(), .columns = lesson.task.outputs};
  result.values.resize(static_cast<std::size_t>(result.rows * result.columns));
  if (lesson.task.kind == Task::Kind::classes) {
    for (std::int64_t i = 0; i < result.rows; ++i) {
      write_one_hot(class_of(data, samples.index[static_cast<std::size_t>(i)]), result[i]);
    }
    return result;
  }
  DataSource source(samples, {.read_ahead = false}, lesson.task, lesson.targets);
  std::vector<float> x(static_cast<std::size_t>(data.sample.shape.elements()));
  for (std::int64_t i = 0; i < result.rows; ++i) source.fill(0, i, 1, {.x = x, .labels = {}, .targets = result[i]});
  return result;
}

Dense last_dense(const Graph& graph, std::string_view rule) {
  for (int n = static_cast<int>(graph.nodes.size()) - 1; n >= 0; --n) {
    const Node& node = graph.nodes[static_cast<std::size_t>(n)];
    if (node.op.name() != "FULLY_CONNECTED" || !graph[node.inputs[1]].is_constant()) continue;
    const Shape& shape = graph[node.inputs[1]].type.shape;
    return {.node = n,
            .input = node.inputs[0],
            .weights = node.inputs[1],
            .bias = node.inputs.size() > 2 ? node.inputs[2] : kNoValue,
            .units = shape[0],
            .inputs = shape[1]};
  }
  fail("rule '{}' gives the last fully_connected layer its weights, the model has none", rule);
}

void set_constant(Graph& graph, ValueId id, const std::vector<float>& values) {
  assert(graph[id].type.shape.elements() == static_cast<std::int64_t>(values.size()));
  graph[id].constant = make_constant(values);
}

ValueId constant_of_layer(const Graph& graph, std::string_view ending, std::string_view rule, std::string_view layer) {
  for (ValueId id = 0; id < static_cast<ValueId>(graph.values.size()); ++id) {
    if (graph[id].is_constant() && graph[id].name.ends_with(ending)) return id;
  }
  fail("rule '{}' needs a layer of type {}, the model has none", rule, layer);
}

}  // namespace mirim
