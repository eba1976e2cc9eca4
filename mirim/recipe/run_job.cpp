#include "mirim/recipe/run_job.hpp"

#include <algorithm>
#include <optional>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/train/evaluate.hpp"

namespace mirim {
namespace {

/// How many runs an array holds for a tensor of this type: empty when it has no extra axis.
std::optional<std::int64_t> runs_in(const Tensor& array, const TensorType& wanted, std::size_t index) {
  if (array.type.dtype != wanted.dtype) {
    fail("input {} is {}, but the model takes {}; convert it first", index, name(array.type.dtype), name(wanted.dtype));
  }
  if (array.type.shape == wanted.shape) return std::nullopt;
  const std::vector<std::int64_t>& all = array.type.shape.dimensions();
  if (!all.empty() && std::equal(all.begin() + 1, all.end(), wanted.shape.begin(), wanted.shape.end())) return all[0];
  fail("input {} is {}, but the model takes {} (or one more axis in front, for several runs)", index,
       to_string(array.type.shape), to_string(wanted.shape));
}

/// The number of runs that all arrays agree on.
std::optional<std::int64_t> count_runs(const std::vector<Tensor>& inputs, const std::vector<TensorType>& wanted) {
  if (inputs.size() != wanted.size()) fail("{} inputs given, but the model has {}", inputs.size(), wanted.size());
  std::optional<std::int64_t> runs;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    const auto here = runs_in(inputs[i], wanted[i], i);
    if (i > 0 && here != runs) fail("input {} holds another number of runs than input 0", i);
    runs = here;
  }
  return runs;
}

BytesView part(BytesView bytes, std::int64_t index, std::int64_t size) {
  return bytes.subspan(static_cast<std::size_t>(index * size), static_cast<std::size_t>(size));
}

void append(Bytes& to, BytesView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

std::vector<TensorType> types(const std::vector<Firmware::Port>& ports) {
  std::vector<TensorType> all;
  for (const Firmware::Port& port : ports) all.push_back(port.type);
  return all;
}

void require_same(const Graph& graph, const std::vector<ValueId>& ids, const std::vector<Firmware::Port>& ports) {
  bool same = ids.size() == ports.size();
  for (std::size_t i = 0; same && i < ids.size(); ++i) {
    same = graph[ids[i]].type == ports[i].type && graph[ids[i]].quantization == ports[i].quantization;
  }
  if (!same) fail("the firmware was made of another model: inputs or outputs differ");
}

}  // namespace

std::vector<Tensor> run_graph(const Graph& graph, const std::vector<Tensor>& inputs) {
  std::vector<TensorType> wanted;
  for (const ValueId id : graph.inputs) wanted.push_back(graph[id].type);
  const auto runs = count_runs(inputs, wanted);
  std::vector<Tensor> outputs(graph.outputs.size());
  for (std::size_t o = 0; o < outputs.size(); ++o) {
    const Value& value = graph[graph.outputs[o]];
    std::vector<std::int64_t> shape = value.type.shape.dimensions();
    if (runs) shape.insert(shape.begin(), *runs);
    outputs[o].type = {value.type.dtype, Shape(shape)};
    outputs[o].quantization = value.quantization;
  }
  Interpreter interpreter(graph);
  for (std::int64_t run = 0; run < runs.value_or(1); ++run) {
    for (std::size_t i = 0; i < inputs.size(); ++i) {
      interpreter.set_input(static_cast<int>(i), part(inputs[i].bytes, run, wanted[i].bytes()));
    }
    interpreter.run();
    for (std::size_t o = 0; o < outputs.size(); ++o)
      append(outputs[o].bytes, interpreter.output(static_cast<int>(o)).bytes);
  }
  return outputs;
}

Bytes firmware_samples(const Firmware& firmware, const Subset& data, std::int64_t count) {
  if (firmware.inputs.size() != 1) fail("the firmware has {} inputs, a data set feeds 1", firmware.inputs.size());
  if (count > data.size()) fail("{} samples asked for, but there are only {}", count, data.size());
  // A graph of nothing but the input: it converts samples as the host's own runs do.
  const Firmware::Port& port = firmware.inputs[0];
  Graph graph;
  graph.inputs = {graph.add(Value{.name = port.name, .type = port.type, .quantization = port.quantization})};
  graph.outputs = graph.inputs;
  Interpreter interpreter(std::move(graph));
  Bytes samples;
  for (std::int64_t i = 0; i < count; ++i) {
    set_sample(interpreter, 0, data.data->sample, data.sample(i));
    append(samples, interpreter.output(0).bytes);
  }
  return samples;
}

Bytes firmware_samples(const Firmware& firmware, const std::vector<Tensor>& inputs) {
  const std::vector<TensorType> wanted = types(firmware.inputs);
  const auto runs = count_runs(inputs, wanted);
  Bytes samples;
  for (std::int64_t run = 0; run < runs.value_or(1); ++run) {
    for (std::size_t i = 0; i < inputs.size(); ++i) append(samples, part(inputs[i].bytes, run, wanted[i].bytes()));
  }
  return samples;
}

Bytes host_answers(const Graph& graph, const Firmware& firmware, BytesView samples) {
  require_same(graph, graph.inputs, firmware.inputs);
  require_same(graph, graph.outputs, firmware.outputs);
  Interpreter interpreter(graph);
  Bytes answers;
  while (!samples.empty()) {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      const auto bytes = static_cast<std::size_t>(graph[graph.inputs[i]].type.bytes());
      interpreter.set_input(static_cast<int>(i), samples.first(bytes));
      samples = samples.subspan(bytes);
    }
    interpreter.run();
    for (std::size_t o = 0; o < graph.outputs.size(); ++o)
      append(answers, interpreter.output(static_cast<int>(o)).bytes);
  }
  return answers;
}

std::int64_t equal_answers(const Firmware& firmware, BytesView a, BytesView b) {
  const std::int64_t size = firmware.answer_bytes();
  const auto count = static_cast<std::int64_t>(std::min(a.size(), b.size())) / size;
  std::int64_t equal = 0;
  for (std::int64_t i = 0; i < count; ++i) {
    if (std::ranges::equal(part(a, i, size), part(b, i, size))) ++equal;
  }
  return equal;
}

}  // namespace mirim
