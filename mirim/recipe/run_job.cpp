#include "mirim/recipe/run_job.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/data/features.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/random_inputs.hpp"
#include "mirim/train/compare.hpp"
#include "mirim/train/sample_numbers.hpp"

namespace mirim {
namespace {

BytesView part(BytesView bytes, std::int64_t index, std::int64_t size) {
  return bytes.subspan(static_cast<std::size_t>(index * size), static_cast<std::size_t>(size));
}

void append(Bytes& to, BytesView bytes) { to.insert(to.end(), bytes.begin(), bytes.end()); }

void require_same(const Graph& graph, const std::vector<ValueId>& ids, const std::vector<Firmware::Port>& ports) {
  bool same = ids.size() == ports.size();
  for (std::size_t i = 0; same && i < ids.size(); ++i) {
    same = graph[ids[i]].type == ports[i].type && graph[ids[i]].quantization == ports[i].quantization &&
           scaling_of(graph[ids[i]]) == ports[i].scaling;
  }
  if (!same) fail("the firmware was made of another model: inputs or outputs differ");
}

/// Of one output over all samples, in reals.
struct Differences {
  std::vector<double> of_each{};  // the largest of a sample
  double largest_signal = 0, signal = 0, noise = 0;

  void add(const Firmware::Port& port, BytesView board, BytesView host) {
    const std::vector<float> a = reals({&port.type, &port.quantization, host});
    const std::vector<float> b = reals({&port.type, &port.quantization, board});
    of_each.push_back(0);
    for (std::size_t i = 0; i < a.size(); ++i) {
      const auto x = static_cast<double>(a[i]);
      const double error = distance(x, static_cast<double>(b[i]));
      of_each.back() = std::max(of_each.back(), error);
      if (std::isfinite(x)) largest_signal = std::max(largest_signal, std::fabs(x));
      signal += x * x;
      noise += error * error;
    }
  }
  double signal_to_noise_db() const {
    return noise == 0 ? std::numeric_limits<double>::infinity() : 10 * std::log10(signal / noise);
  }
};

}  // namespace

Arrays run_graph(const Model& model, const Arrays& inputs) {
  const Graph& graph = model.main();
  Arrays outputs = make_arrays(output_ports(model), inputs.runs);
  Interpreter interpreter(graph, Sums::in_order);
  for (std::int64_t run = 0; run < inputs.runs.value_or(1); ++run) {
    for (std::size_t i = 0; i < graph.inputs.size(); ++i) {
      interpreter.set_input(static_cast<int>(i), inputs.run(i, run));
    }
    interpreter.run();
    for (std::size_t o = 0; o < graph.outputs.size(); ++o) {
      const BytesView answer = interpreter.output(static_cast<int>(o)).bytes;
      std::ranges::copy(answer, outputs.tensors[o].bytes.begin() + run * std::ssize(answer));
    }
  }
  return outputs;
}

Bytes firmware_samples(const Firmware& firmware, const Subset& all, std::int64_t count) {
  const auto fed = std::ranges::count_if(firmware.inputs, [](const Firmware::Port& port) { return !port.random; });
  if (fed > 1 || (fed == 1 && firmware.inputs[0].random)) {
    fail("the firmware has {} inputs, a data set feeds 1", firmware.inputs.size());
  }
  const Subset data = match_features(all, firmware.inputs[0].labels);
  if (count > data.size()) fail("{} samples asked for, but there are only {}", count, data.size());
  Interpreter interpreter(input_alone(ports_of(firmware.inputs)[0]));
  Bytes samples;
  for (std::int64_t i = 0; i < count; ++i) {
    if (fed == 1) {
      set_sample(interpreter, 0, data.data->sample, data.sample(i));
      append(samples, interpreter.output(0).bytes);
    }
    for (auto k = static_cast<std::size_t>(fed); k < firmware.inputs.size(); ++k) {
      const Firmware::Port& port = firmware.inputs[k];
      Tensor numbers(port.type, port.quantization);
      draw_into(numbers.view(), port.name, *port.random, /*seed=*/1, static_cast<std::uint64_t>(i),
                static_cast<int>(k));
      append(samples, numbers.bytes);
    }
  }
  return samples;
}

Bytes firmware_samples(const Firmware& firmware, const Arrays& inputs) {
  Bytes samples;
  for (std::int64_t run = 0; run < inputs.runs.value_or(1); ++run) {
    for (std::size_t i = 0; i < firmware.inputs.size(); ++i) append(samples, inputs.run(i, run));
  }
  return samples;
}

Arrays firmware_answers(const Firmware& firmware, BytesView answers, std::optional<std::int64_t> runs) {
  Arrays arrays = make_arrays(ports_of(firmware.outputs), runs);
  for (std::int64_t run = 0; run < runs.value_or(1); ++run) {
    for (std::size_t o = 0; o < firmware.outputs.size(); ++o) {
      const auto bytes = static_cast<std::size_t>(firmware.outputs[o].type.bytes());
      std::ranges::copy(answers.first(bytes),
                        arrays.tensors[o].bytes.begin() + run * static_cast<std::ptrdiff_t>(bytes));
      answers = answers.subspan(bytes);
    }
  }
  return arrays;
}

Bytes host_answers(const Graph& graph, const Firmware& firmware, BytesView samples) {
  require_same(graph, graph.inputs, firmware.inputs);
  require_same(graph, graph.outputs, firmware.outputs);
  Interpreter interpreter(graph, Sums::on_device);
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

AnswerComparison compare_answers(const Graph& graph, const Firmware& firmware, BytesView board, BytesView host) {
  const std::int64_t size = firmware.answer_bytes();
  const auto samples = static_cast<std::int64_t>(std::min(board.size(), host.size())) / size;
  std::vector<char> close(static_cast<std::size_t>(samples), 1);
  AnswerComparison result;
  std::int64_t offset = 0;
  for (std::size_t o = 0; o < firmware.outputs.size(); ++o) {
    const Firmware::Port& port = firmware.outputs[o];
    const std::int64_t bytes = port.type.bytes();
    const auto answers = [&](BytesView all, std::int64_t i) {
      return all.subspan(static_cast<std::size_t>(i * size + offset), static_cast<std::size_t>(bytes));
    };
    Differences differences;
    for (std::int64_t i = 0; i < samples; ++i) differences.add(port, answers(board, i), answers(host, i));
    const Limit limit = limit_of(graph, graph.outputs[o], graph, graph.outputs[o]);
    for (std::int64_t i = 0; i < samples; ++i) {
      const double largest = differences.of_each[static_cast<std::size_t>(i)];
      const bool equal = std::ranges::equal(answers(board, i), answers(host, i));
      if (!equal && exceeds(limit, largest, differences.largest_signal, differences.signal_to_noise_db())) {
        close[static_cast<std::size_t>(i)] = 0;
      }
      if (largest > result.largest) {
        result.largest = largest;
        result.output = port.name;
      }
    }
    offset += bytes;
  }
  for (std::int64_t i = 0; i < samples; ++i) {
    if (std::ranges::equal(part(board, i, size), part(host, i, size))) ++result.identical;
  }
  result.close = std::ranges::count(close, 1);
  return result;
}

}  // namespace mirim
