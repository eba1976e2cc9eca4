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
#include "mirim/exec/loss_function.hpp"
#include "mirim/exec/onednn/engine.hpp"
#include "mirim/exec/simd/kernels.hpp"
#include "mirim/graph/hollow.hpp"

namespace mirim {
namespace {

/// Treats denormals as zero while this lives: dead units drive Adam's moments into denormals, which doubled the time of
/// a step. Threads created meanwhile inherit it.
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

bool all_finite(const float* values, std::int64_t count) {
  return std::all_of(values, values + count, [](float v) { return std::isfinite(v); });
}

/// Of each step its state, what it learnt and the moments of that, with the lengths in front.
std::vector<float> state_of_steps(const Assembly::StoredParameter& parameter) {
  std::vector<float> all;
  const auto append = [&](std::span<const float> values) {
    all.push_back(static_cast<float>(values.size()));
    all.insert(all.end(), values.begin(), values.end());
  };
  for (const auto& step : parameter.steps) {
    append(step->state());
    append(step->learnt().values);
  }
  for (const auto& moments : parameter.moments) append(moments);
  return all;
}

void set_state_of_steps(Assembly::StoredParameter& parameter, std::span<const float> all) {
  const auto take = [&] {
    const std::size_t size = all.empty() ? all.size() + 1 : 1 + static_cast<std::size_t>(all[0]);
    if (size > all.size()) fail("the state of its parametrisation is too short");
    const auto part = all.subspan(1, size - 1);
    all = all.subspan(size);
    return part;
  };
  const auto take_into = [&](std::span<float> to) {
    const auto from = take();
    if (from.size() != to.size()) fail("the state of its parametrisation is another one's");
    std::ranges::copy(from, to.begin());
  };
  for (const auto& step : parameter.steps) {
    step->set_state(take());
    take_into(step->learnt().values);
  }
  for (auto& moments : parameter.moments) take_into(moments);
}

}  // namespace

struct TrainingPlan::Inside {
  Graph graph;
  TrainingOptions options;
  LossFunction loss;
  Assembly assembly;
  Update update{};
  std::uint64_t step_seed = 0;
  bool finite = true;    ///< whether all weights still are
  bool applied = false;  ///< whether the layers' weights are those of the stored ones, for an evaluation
  std::int64_t steps = 0;
  std::vector<float> taken{};  ///< weights on their way from another plan

  Inside(const Graph& g, const TrainingOptions& o)
      : graph(rebatch(g, o.batch, States::of_each_sample)),
        options(o),
        loss(graph, o.loss, o.batch),
        assembly(graph, options) {
    const NoDenormals guard;
    use_threads(options.threads);
    assembly.assemble(loss.reads());
    assembly.bind(&update, &step_seed, &finite);
    update.optimizer = options.optimizer;
  }

  const float* result() { return assembly.data(loss.reads()); }

  /// Before a training step its parametrisations may have changed (a schedule prunes more), so the layers' weights are
  /// made anew. The batches of an evaluation share theirs.
  void forward(bool training) {
    if (training || !applied) assembly.apply_parametrisations();
    applied = !training;
    for (auto& record : assembly.records) record.layer->forward(training);
  }

  /// The terms that need no teacher, over the first `count` samples of the last run.
  float own_terms(std::int64_t count) {
    float sum = 0;
    for (const LossTerm& term : options.terms) {
      if (term.has_teacher()) continue;
      Shape shape = graph[term.value].type.shape;
      shape[0] = count;
      sum += loss_term(term, shape, assembly.data(term.value), nullptr, nullptr);
    }
    return sum;
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

  /// Makes the gradients of all weights together no longer than the optimizer allows.
  void limit_gradients() {
    const float longest = options.optimizer.longest;
    if (longest == 0) return;
    const auto each = [&](const auto& work) {
      for (const auto& parameter : assembly.parameters) {
        if (parameter.used && !parameter.held) work(assembly.memory_of(parameter));
      }
    };
    double squares = 0;
    each([&](const ParameterMemory& memory) {
      for (std::int64_t i = 0; i < memory.elements; ++i) {
        const auto g = static_cast<double>(memory.gradient[i]);
        squares += g * g;
      }
    });
    const double length = std::sqrt(squares);
    if (!(length > static_cast<double>(longest)) || !std::isfinite(length)) return;
    const auto factor = static_cast<float>(static_cast<double>(longest) / length);
    each([&](const ParameterMemory& memory) { simd::scale(factor, memory.gradient, memory.elements); });
  }

  void apply_updates() {
    assembly.gather_gradients();
    limit_gradients();
    for (auto& parameter : assembly.parameters) {
      if (!parameter.used || parameter.updated_by_layer || parameter.held) continue;
      finite = simd::update(update, assembly.memory_of(parameter)) && finite;
      update_steps(parameter);
    }
    finite = assembly.ranges.finish_step(update) && finite;
  }

  /// Of the numbers that a parameter's steps learn.
  void update_steps(Assembly::StoredParameter& parameter) {
    const auto moments = static_cast<std::size_t>(options.optimizer.moments());
    for (std::size_t s = 0; s < parameter.steps.size(); ++s) {
      const Parametrisation::Learnt learnt = parameter.steps[s]->learnt();
      if (learnt.values.empty()) continue;
      float* second = moments > 1 ? parameter.moments[s * moments + 1].data() : nullptr;
      finite = simd::update_unpadded(
                   update, {learnt.values.data(), learnt.gradient.data(), parameter.moments[s * moments].data(), second,
                            static_cast<std::int64_t>(learnt.values.size()), false, parameter.rate_of_steps[s]}) &&
               finite;
    }
  }

  /// Weights first: a gradient made them non-finite, and gradients go from the last layer to the first. Otherwise the
  /// step was refused for its loss: run forward again and check each layer in turn.
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
    : inside_(std::make_unique<Inside>(require_weights(graph, "trained"), options)) {}
TrainingPlan::~TrainingPlan() = default;
TrainingPlan::TrainingPlan(TrainingPlan&&) noexcept = default;
TrainingPlan& TrainingPlan::operator=(TrainingPlan&&) noexcept = default;

std::span<float> TrainingPlan::input(int i) {
  const ValueId id = inside_->graph.inputs.at(static_cast<std::size_t>(i));
  return {inside_->assembly.input(id), static_cast<std::size_t>(inside_->graph[id].type.shape.elements())};
}

std::span<std::int32_t> TrainingPlan::labels() { return inside_->loss.labels; }
std::span<float> TrainingPlan::targets() { return inside_->loss.targets; }
std::span<float> TrainingPlan::teacher(int term) {
  return inside_->assembly.teachers.at(static_cast<std::size_t>(term));
}
std::span<float> TrainingPlan::varying() { return inside_->assembly.varying; }
bool TrainingPlan::trains() const { return inside_->assembly.gradient_of_result() != nullptr; }

float TrainingPlan::step(float learning_rate) {
  const NoDenormals guard;
  Inside& in = *inside_;
  use_threads(in.options.threads);
  in.begin_step(learning_rate);
  in.forward(true);
  float* gradient = in.assembly.gradient_of_result();
  const float weight = in.options.loss_weight;
  const float loss = weight * in.loss.value(in.result(), in.options.batch, gradient);
  if (!gradient || !std::isfinite(loss)) return loss;
  if (weight != 1) simd::scale(weight, gradient, static_cast<std::int64_t>(in.loss.output(in.result()).size()));
  in.finite = true;
  in.assembly.term_losses = 0;
  in.backward();
  in.apply_updates();
  return in.finite ? loss + in.assembly.term_losses : NAN;
}

float TrainingPlan::evaluate(std::int64_t count) {
  assert(count >= 1 && count <= inside_->options.batch);
  const NoDenormals guard;
  use_threads(inside_->options.threads);
  Inside& in = *inside_;
  in.forward(false);
  return in.loss.value(in.result(), count, nullptr) + in.own_terms(count);
}

std::span<const float> TrainingPlan::output() const { return inside_->loss.output(inside_->result()); }

std::vector<float> TrainingPlan::gradient(ValueId parameter) const {
  const Assembly& assembly = inside_->assembly;
  assert(inside_->options.keep_gradients);
  const auto found = std::ranges::find(assembly.parameters, parameter, &Assembly::StoredParameter::value);
  assert(found != assembly.parameters.end());
  std::vector<float> canonical(static_cast<std::size_t>(found->elements));
  found->codec.decode(assembly.gradients + found->offset, canonical.data());
  return canonical;
}

std::vector<float> TrainingPlan::stored(ValueId parameter) const {
  const Assembly& assembly = inside_->assembly;
  const auto found = std::ranges::find(assembly.parameters, parameter, &Assembly::StoredParameter::value);
  assert(found != assembly.parameters.end());
  std::vector<float> canonical(static_cast<std::size_t>(found->elements));
  found->codec.decode(assembly.weights + found->offset, canonical.data());
  return canonical;
}

std::vector<LearntRange> TrainingPlan::ranges() const { return inside_->assembly.ranges.current(); }

std::string TrainingPlan::blame() const {
  const NoDenormals guard;
  return inside_->blame();
}

void TrainingPlan::take(const TrainingPlan& other, const std::vector<ValueId>& parameters) {
  Assembly& to = inside_->assembly;
  const Assembly& from = other.inside_->assembly;
  for (const ValueId id : parameters) {
    const auto target = std::ranges::find(to.parameters, id, &Assembly::StoredParameter::value);
    const auto source = std::ranges::find(from.parameters, id, &Assembly::StoredParameter::value);
    assert(target != to.parameters.end() && source != from.parameters.end());
    std::vector<float>& canonical = inside_->taken;
    canonical.resize(static_cast<std::size_t>(source->elements));
    source->codec.decode(from.weights + source->offset, canonical.data());
    target->codec.encode(canonical.data(), to.weights + target->offset);
  }
  inside_->applied = false;
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
  for (const auto& p : assembly.parameters) {
    if (!p.steps.empty()) learnt.steps.push_back(state_of_steps(p));
  }
  learnt.ranges = assembly.ranges.state();
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
  inside_->applied = false;
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
  std::size_t next = 0;
  for (auto& p : assembly.parameters) {
    if (p.steps.empty()) continue;
    if (next >= learnt.steps.size()) fail("the state lacks the steps of '{}'", inside_->graph[p.value].name);
    in_context(inside_->graph[p.value].name, [&] { set_state_of_steps(p, learnt.steps[next++]); });
  }
  assembly.ranges.set_state(learnt.ranges);
  inside_->steps = learnt.step;
}

void TrainingPlan::store(Graph& graph) const {
  const Assembly& assembly = inside_->assembly;
  for (const auto& p : assembly.parameters) graph[p.value].constant = make_constant(assembly.effective(p));
  for (const auto& s : assembly.statistics) {
    const float* from = assembly.statistic_values + s.offset;
    graph[s.value].constant = make_constant(std::vector<float>(from, from + s.elements));
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
    in.loss.value(in.result(), in.options.batch, in.assembly.gradient_of_result());
    for (std::size_t l = times.size(); l-- > 0;) time(times[l].backward_us, [&] { in.backward_of(l); });
  }
  return times;
}

}  // namespace mirim
