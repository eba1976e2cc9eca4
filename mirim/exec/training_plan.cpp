#include "mirim/exec/training_plan.hpp"

#ifdef __SSE__
#include <immintrin.h>
#endif

#include <algorithm>
#include <cassert>
#include <chrono>
#include <cmath>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/exec/assembly.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/onednn/engine.hpp"
#include "mirim/exec/simd/kernels.hpp"

namespace mirim {
namespace {

/// Denormals are zero while this lives: dead units drive Adam's moments into denormals, which doubled a step. Threads
/// that are made meanwhile inherit it.
class NoDenormals {
 public:
#ifdef __SSE__
  NoDenormals() : before_(_mm_getcsr()) { _mm_setcsr(before_ | 0x8040); }  // flush to zero, denormals are zero
  ~NoDenormals() { _mm_setcsr(before_); }
  NoDenormals(const NoDenormals&) = delete;
  NoDenormals& operator=(const NoDenormals&) = delete;

 private:
  unsigned before_;
#endif
};

int producer_of(const Graph& graph, ValueId id) { return producers(graph)[static_cast<std::size_t>(id)]; }

bool all_finite(const float* values, std::int64_t count) {
  return std::all_of(values, values + count, [](float v) { return std::isfinite(v); });
}

}  // namespace

struct TrainingPlan::Inside {
  Graph graph;
  TrainingOptions options;
  std::int64_t per_sample = 0;  ///< elements of the result in one sample
  ValueId result = kNoValue;    ///< what the loss reads: logits, or output 0
  bool ends_with_softmax = false;
  Assembly assembly;
  Update update{};
  std::uint64_t step_seed = 0;
  bool finite = true;  ///< whether all weights still are
  std::int64_t steps = 0;
  std::vector<std::int32_t> labels;
  std::vector<float> targets;
  std::vector<float> probabilities;
  std::vector<float> class_weights;

  Inside(const Graph& g, const TrainingOptions& o) : graph(rebatch(g, o.batch)), options(o), assembly(graph, options) {
    const NoDenormals guard;
    use_threads(options.threads);
    find_result();
    check_loss();
    assembly.assemble(result);
    assembly.bind(&update, &step_seed, &finite);
    update.optimizer = options.optimizer;
  }

  void find_result() {
    if (graph.outputs.empty() || graph.inputs.empty()) fail("training needs a graph with an input and an output");
    result = graph.outputs[0];
    const int last = producer_of(graph, result);
    if (last < 0) fail("output '{}' is made by no node", graph[result].name);
    const Node& node = graph.nodes[static_cast<std::size_t>(last)];
    ends_with_softmax = node.op.name() == "SOFTMAX";
    if (ends_with_softmax && options.loss.kind == Loss::Kind::softmax_cross_entropy) result = node.inputs[0];
    per_sample = graph[result].type.shape.elements() / options.batch;
  }

  void check_loss() {
    const auto size = static_cast<std::size_t>(graph[result].type.shape.elements());
    if (options.loss.kind == Loss::Kind::mean_squared_error) {
      targets.resize(size);
      return;
    }
    if (graph[result].type.shape.rank() != 2) {
      fail("softmax cross entropy needs an output [batch, classes], '{}' is {}", graph[result].name,
           to_string(graph[result].type.shape));
    }
    const float smoothing = options.loss.label_smoothing;
    if (!(smoothing >= 0 && smoothing < 1)) fail("label smoothing is {}, it must be in [0, 1)", smoothing);
    class_weights = options.loss.class_weights;
    if (class_weights.empty()) class_weights.assign(static_cast<std::size_t>(per_sample), 1.0F);
    if (static_cast<std::int64_t>(class_weights.size()) != per_sample) {
      fail("{} class weights for {} classes", class_weights.size(), per_sample);
    }
    labels.resize(static_cast<std::size_t>(options.batch));
    probabilities.resize(size);
  }

  /// Mean loss of the first `count` samples; with `gradient`, dL/dresult as well (count is then the batch).
  float loss(std::int64_t count, float* gradient) {
    const float* y = assembly.data(result);
    const auto samples = static_cast<float>(count);
    if (options.loss.kind == Loss::Kind::mean_squared_error) {
      const std::int64_t elements = count * per_sample;
      const auto divisor = static_cast<float>(elements);
      return simd::squared_error(y, targets.data(), gradient, elements, 2 / divisor) / divisor;
    }
    return cross_entropy(y, count, samples, gradient);
  }

  /// d/dz of -sum_c t[c] log softmax(z)[c] is softmax(z) - t, since the t sum to 1.
  float cross_entropy(const float* z, std::int64_t count, float samples, float* gradient) {
    simd::softmax(z, probabilities.data(), count, per_sample);
    const float smoothing = options.loss.label_smoothing;
    const float off = smoothing / static_cast<float>(per_sample);
    double sum = 0;
    for (std::int64_t n = 0; n < count; ++n) {
      const float* row = z + n * per_sample;
      const float* p = probabilities.data() + n * per_sample;
      const std::int32_t label = labels[static_cast<std::size_t>(n)];
      assert(label >= 0 && label < per_sample);
      const float weight = class_weights[static_cast<std::size_t>(label)];
      // log softmax(z)[c] = z[c] - log sum exp z = (z[c] - z[label]) + log p[label]: no logarithm of a tiny p but one.
      const float most = *std::max_element(row, row + per_sample);
      const auto top = std::max_element(p, p + per_sample) - p;
      const float log_sum = most - std::log(p[top]);
      float loss_of_row = (1 - smoothing) * (log_sum - row[label]);
      if (smoothing > 0) {
        for (std::int64_t c = 0; c < per_sample; ++c) loss_of_row += off * (log_sum - row[c]);
      }
      sum += static_cast<double>(weight * loss_of_row);
      if (gradient) {
        float* d = gradient + n * per_sample;
        const float scale = weight / samples;
        for (std::int64_t c = 0; c < per_sample; ++c) d[c] = scale * (p[c] - off);
        d[label] -= scale * (1 - smoothing);
      }
    }
    return static_cast<float>(sum / static_cast<double>(count));
  }

  void forward(bool training) {
    for (auto& record : assembly.records) record.layer->forward(training);
  }

  void backward() {
    for (std::size_t l = assembly.records.size(); l-- > 0;) backward_of(l);
  }

  void backward_of(std::size_t layer) {
    auto& record = assembly.records[layer];
    if (!record.backward) return;
    record.layer->backward();
    for (const auto& addition : record.additions) simd::accumulate(addition.from, addition.to, addition.count);
  }

  void begin_step(float learning_rate) {
    ++steps;
    step_seed = (options.seed + static_cast<std::uint64_t>(steps)) * 0xbf58476d1ce4e5b9ULL;
    const auto t = static_cast<double>(steps);
    update.learning_rate = learning_rate;
    update.correction1 = static_cast<float>(1 / (1 - std::pow(static_cast<double>(options.optimizer.beta1), t)));
    update.correction2 = static_cast<float>(1 / (1 - std::pow(static_cast<double>(options.optimizer.beta2), t)));
  }

  void apply_updates() {
    for (const auto& parameter : assembly.parameters) {
      if (!parameter.used || parameter.updated_by_layer) continue;
      finite = simd::update(update, assembly.memory_of(parameter)) && finite;
    }
  }

  /// Weights first: they were spoilt by a gradient, and gradients go from the last layer to the first. Else the step
  /// was refused for its loss: forward again, looking at each layer in turn.
  std::string blame() {
    for (std::size_t l = assembly.records.size(); l-- > 0;) {
      const auto& record = assembly.records[l];
      for (const ParameterMemory& memory : record.memory.parameters) {
        if (!all_finite(memory.weights, memory.elements)) return record.name + ": its weights are not finite";
      }
    }
    for (auto& record : assembly.records) {
      record.layer->forward(true);
      for (std::size_t w = 0; w < record.writes.size(); ++w) {
        const auto& slot = assembly.slots[static_cast<std::size_t>(record.writes[w])];
        const std::int64_t count = stored_elements(graph[slot.value].type.shape, slot.layout);
        if (!all_finite(record.memory.y[w], count)) return record.name + ": its output is not finite";
      }
    }
    return "";
  }
};

TrainingPlan::TrainingPlan(const Graph& graph, const TrainingOptions& options)
    : inside_(std::make_unique<Inside>(graph, options)) {}
TrainingPlan::~TrainingPlan() = default;
TrainingPlan::TrainingPlan(TrainingPlan&&) noexcept = default;
TrainingPlan& TrainingPlan::operator=(TrainingPlan&&) noexcept = default;

std::span<float> TrainingPlan::input(int i) {
  const ValueId id = inside_->graph.inputs.at(static_cast<std::size_t>(i));
  return {inside_->assembly.data(id), static_cast<std::size_t>(inside_->graph[id].type.shape.elements())};
}

std::span<std::int32_t> TrainingPlan::labels() { return inside_->labels; }
std::span<float> TrainingPlan::targets() { return inside_->targets; }

float TrainingPlan::step(float learning_rate) {
  const NoDenormals guard;
  Inside& in = *inside_;
  use_threads(in.options.threads);
  in.begin_step(learning_rate);
  in.forward(true);
  float* gradient = in.assembly.gradient_of_result();
  const float loss = in.loss(in.options.batch, gradient);
  if (!gradient || !std::isfinite(loss)) return loss;
  in.finite = true;
  in.backward();
  in.apply_updates();
  return in.finite ? loss : NAN;
}

float TrainingPlan::evaluate(std::int64_t count) {
  assert(count >= 1 && count <= inside_->options.batch);
  const NoDenormals guard;
  use_threads(inside_->options.threads);
  inside_->forward(false);
  return inside_->loss(count, nullptr);
}

std::span<const float> TrainingPlan::output() const {
  Inside& in = *inside_;
  const auto size = static_cast<std::size_t>(in.graph[in.result].type.shape.elements());
  const bool softmax = in.ends_with_softmax && !in.probabilities.empty();
  return {softmax ? in.probabilities.data() : in.assembly.data(in.result), size};
}

std::vector<float> TrainingPlan::gradient(ValueId parameter) const {
  const Assembly& assembly = inside_->assembly;
  assert(inside_->options.keep_gradients);
  const auto found = std::ranges::find(assembly.parameters, parameter, &Assembly::StoredParameter::value);
  assert(found != assembly.parameters.end());
  std::vector<float> canonical(static_cast<std::size_t>(found->elements));
  found->codec.decode(assembly.gradients + found->offset, canonical.data());
  return canonical;
}

std::string TrainingPlan::blame() const {
  const NoDenormals guard;
  return inside_->blame();
}

Learnt TrainingPlan::state() const {
  const Assembly& assembly = inside_->assembly;
  Learnt learnt;
  learnt.step = inside_->steps;
  const auto decode = [&](const float* flat) {
    std::vector<std::vector<float>> result;
    for (const auto& p : assembly.parameters) {
      result.emplace_back(static_cast<std::size_t>(p.elements));
      p.codec.decode(flat + p.offset, result.back().data());
    }
    return result;
  };
  learnt.parameters = decode(assembly.weights);
  learnt.moments.push_back(decode(assembly.moment1));
  if (assembly.moment2) learnt.moments.push_back(decode(assembly.moment2));
  for (const auto& s : assembly.statistics) {
    const float* from = assembly.statistic_values + s.offset;
    learnt.statistics.emplace_back(from, from + s.elements);
  }
  return learnt;
}

void TrainingPlan::set_state(const Learnt& learnt) {
  Assembly& assembly = inside_->assembly;
  const auto encode = [&](const std::vector<std::vector<float>>& from, float* flat) {
    if (from.size() != assembly.parameters.size()) {
      fail("the state has {} parameters, the network {}", from.size(), assembly.parameters.size());
    }
    for (std::size_t i = 0; i < from.size(); ++i) {
      const auto& p = assembly.parameters[i];
      if (static_cast<std::int64_t>(from[i].size()) != p.elements) {
        fail("the state has {} numbers for '{}', the network {}", from[i].size(), inside_->graph[p.value].name,
             p.elements);
      }
      p.codec.encode(from[i].data(), flat + p.offset);
    }
  };
  if (static_cast<int>(learnt.moments.size()) != inside_->options.optimizer.moments()) {
    fail("the state has {} moments, the optimizer {}", learnt.moments.size(), inside_->options.optimizer.moments());
  }
  if (learnt.statistics.size() != assembly.statistics.size()) {
    fail("the state has {} running statistics, the network {}", learnt.statistics.size(), assembly.statistics.size());
  }
  encode(learnt.parameters, assembly.weights);
  encode(learnt.moments[0], assembly.moment1);
  if (assembly.moment2) encode(learnt.moments[1], assembly.moment2);
  for (std::size_t i = 0; i < learnt.statistics.size(); ++i) {
    const auto& s = assembly.statistics[i];
    if (static_cast<std::int64_t>(learnt.statistics[i].size()) != s.elements) {
      fail("the state has {} numbers for '{}', the network {}", learnt.statistics[i].size(),
           inside_->graph[s.value].name, s.elements);
    }
    std::ranges::copy(learnt.statistics[i], assembly.statistic_values + s.offset);
  }
  inside_->steps = learnt.step;
}

void TrainingPlan::store(Graph& graph) const {
  const Learnt learnt = state();
  const Assembly& assembly = inside_->assembly;
  for (std::size_t i = 0; i < assembly.parameters.size(); ++i) {
    graph[assembly.parameters[i].value].constant = make_constant(learnt.parameters[i]);
  }
  for (std::size_t i = 0; i < assembly.statistics.size(); ++i) {
    graph[assembly.statistics[i].value].constant = make_constant(learnt.statistics[i]);
  }
}

std::int64_t TrainingPlan::arena_bytes() const { return inside_->assembly.arena.bytes(); }

std::vector<std::string> TrainingPlan::layers() const {
  std::vector<std::string> lines;
  for (const auto& record : inside_->assembly.records)
    lines.push_back(record.name + ": " + record.layer->description());
  return lines;
}

std::vector<LayerTime> TrainingPlan::time_layers(int steps) {
  const NoDenormals guard;
  Inside& in = *inside_;
  use_threads(in.options.threads);
  std::vector<LayerTime> times;
  for (const std::string& line : layers()) times.push_back({line, INFINITY, INFINITY});
  const auto time = [](double& least, const auto& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    least =
        std::min(least, std::chrono::duration<double, std::micro>(std::chrono::steady_clock::now() - start).count());
  };
  for (int s = 0; s < steps; ++s) {
    in.begin_step(0);
    for (std::size_t l = 0; l < times.size(); ++l) {
      time(times[l].forward_us, [&] { in.assembly.records[l].layer->forward(true); });
    }
    in.loss(in.options.batch, in.assembly.gradient_of_result());
    for (std::size_t l = times.size(); l-- > 0;) time(times[l].backward_us, [&] { in.backward_of(l); });
  }
  return times;
}

}  // namespace mirim
