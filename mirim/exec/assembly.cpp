#include "mirim/exec/assembly.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/exec/held_factors.hpp"
#include "mirim/exec/simd/kernels.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kFloatBytes = sizeof(float);

/// Converts an activation to another layout, and its gradient back.
class ConversionLayer final : public Layer {
 public:
  ConversionLayer(const Shape& shape, Layout from, Layout to)
      : there_(make_conversion(shape, from, to)), back_(make_conversion(shape, to, from)) {}
  std::string description() const override { return "layout conversion"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }
  void forward(bool) override { there_(memory_->x[0], memory_->y[0]); }
  void backward() override {
    if (memory_->dx[0]) back_(memory_->dy[0], memory_->dx[0]);
  }

 private:
  std::function<void(const float*, float*)> there_;
  std::function<void(const float*, float*)> back_;
  const LayerMemory* memory_ = nullptr;
};

/// See LossTerm.
class TermLayer final : public Layer {
 public:
  TermLayer(const LossTerm& term, const Shape& shape, const float* teacher, float& losses)
      : term_(term), shape_(shape), teacher_(teacher), losses_(losses) {}
  std::string description() const override { return "plain loops"; }
  void bind(const LayerMemory& memory) override { memory_ = &memory; }
  void forward(bool) override {}
  void backward() override {
    if (memory_->dx[0]) losses_ += loss_term(term_, shape_, memory_->x[0], teacher_, memory_->dx[0]);
  }

 private:
  LossTerm term_;
  Shape shape_;
  const float* teacher_;
  float& losses_;
  const LayerMemory* memory_ = nullptr;
};

Codec identity(std::int64_t elements) {
  const auto copy = [elements](const float* from, float* to) {
    std::memcpy(to, from, static_cast<std::size_t>(elements) * sizeof(float));
  };
  return {elements, copy, copy};
}

/// Integers of 32 bits and more are shapes and axes, bools are conditions; smaller integers are quantized weights.
void require_float_weights(const Graph& graph, const Node& node) {
  for (const ValueId id : node.inputs) {
    if (id == kNoValue || !graph[id].is_constant()) continue;
    const DType dtype = graph[id].type.dtype;
    if (dtype == DType::float32 || dtype == DType::int32 || dtype == DType::int64 || dtype == DType::boolean) continue;
    fail("'{}' is {}, training needs float32 weights; train the float model that this one was made of", graph[id].name,
         name(dtype));
  }
}

std::int64_t round_up(std::int64_t n) { return (n + 15) / 16 * 16; }

/// Factor of the learning rate, Optimizer::relative.
float relative_rate(std::span<const float> values) {
  constexpr float kUsual = 0.1F;
  const float size = size_of_numbers(values);
  return size > 0 ? std::min(1.0F, size / kUsual) : 1.0F;
}

}  // namespace

Assembly::Assembly(const Graph& graph, const TrainingOptions& options)
    : ranges(options.grids, options.optimizer),
      graph_(graph),
      options_(options),
      readers_(consumers(graph)),
      absorbed_(graph.nodes.size(), 0),
      needed_(graph.nodes.size(), 0) {
  for (const Parameter& p : trainable_parameters(graph)) {
    const std::int64_t elements = graph[p.value].type.shape.elements();
    StoredParameter stored{.value = p.value, .decay = p.decay, .elements = elements, .codec = identity(elements)};
    const auto steps = options.parametrisations.find(p.value);
    if (steps != options.parametrisations.end()) stored.steps = steps->second;
    stored.apart = !stored.steps.empty() || readers_[static_cast<std::size_t>(p.value)].size() > 1;
    stored.held = std::ranges::find(options.held, p.value) != options.held.end();
    const bool relative = options.optimizer.relative;
    if (relative) stored.rate = relative_rate(graph[p.value].values<float>());
    for (const auto& step : stored.steps) {
      stored.rate_of_steps.push_back(relative ? relative_rate(step->learnt().values) : 1.0F);
      for (int m = 0; m < options.optimizer.moments(); ++m) {
        stored.moments.emplace_back(step->learnt().values.size(), 0.0F);
      }
    }
    parameters.push_back(std::move(stored));
  }
  for (const auto& [id, steps] : options.parametrisations) {
    if (!is_parameter(id)) fail("'{}' has a parametrisation and is not trained", graph[id].name);
  }
  for (const ValueId id : running_statistics(graph)) {
    statistics.push_back({.value = id, .elements = graph[id].type.shape.elements()});
  }
}

void Assembly::assemble(ValueId result) {
  result_ = result;
  std::vector<char> wanted(graph_.values.size(), 0);
  wanted[static_cast<std::size_t>(result)] = 1;
  for (const LossTerm& term : options_.terms) wanted[static_cast<std::size_t>(term.value)] = 1;
  for (std::size_t n = graph_.nodes.size(); n-- > 0;) {
    for (const ValueId id : graph_.nodes[n].outputs) {
      if (id != kNoValue && wanted[static_cast<std::size_t>(id)]) needed_[n] = 1;
    }
    if (!needed_[n]) continue;
    for (const ValueId id : graph_.nodes[n].inputs) {
      if (id != kNoValue) wanted[static_cast<std::size_t>(id)] = 1;
    }
  }
  for (const ValueId id : graph_.inputs) {
    if (graph_[id].type.dtype != DType::float32) {
      fail("input '{}' is {}; training needs float32 (dequantize the model first)", graph_[id].name,
           name(graph_[id].type.dtype));
    }
    make_input(id);
  }
  for (std::size_t n = 0; n < graph_.nodes.size(); ++n) {
    if (!needed_[n] || absorbed_[n]) continue;
    const std::string where = describe(graph_, static_cast<int>(n));
    in_context(where, [&] {
      require_float_weights(graph_, graph_.nodes[n]);
      const auto makers = options_.plain ? layer_makers().last(1) : layer_makers();
      for (const LayerMaker& maker : makers) {
        const std::size_t made = records.size();
        if (auto layer = maker.make(*this, static_cast<int>(n))) {
          push(std::move(layer), where);
          return change_what_is_read();
        }
        assert(current_.reads.empty() && records.size() == made);  // a maker that declines asks for nothing
        static_cast<void>(made);
      }
      fail("nothing trains it");
    });
  }
  static_cast<void>(slot_of(result, Layout::plain));
  add_loss_terms();
}

void Assembly::make_input(ValueId id) {
  input_slots_[id] = new_slot(id, Layout::plain, false, -1);
  round_to_grid(input_slots_[id]);
}

void Assembly::change_what_is_read() {
  const std::vector<int> made = records.back().writes;
  for (const int slot : made) {
    round_to_grid(slot);
    hold_factors(slot);
  }
}

void Assembly::round_to_grid(int slot) {
  const ValueId id = slots[static_cast<std::size_t>(slot)].value;
  if (!ranges.find(id)) return;
  const Layout layout = slots[static_cast<std::size_t>(slot)].layout;
  put_between(slot, ranges.make_layer(id, stored_elements(graph_[id].type.shape, layout)),
              "grid of '" + graph_[id].name + "'");
}

void Assembly::hold_factors(int slot) {
  const ValueId id = slots[static_cast<std::size_t>(slot)].value;
  if (id != options_.factors) return;
  const Shape& shape = graph_[id].type.shape;
  if (shape.rank() != 2)
    fail("'{}' is to stand for factors and is {}; it must be [batch, n]", graph_[id].name, to_string(shape));
  varying.assign(static_cast<std::size_t>(shape[1]), 1.0F);
  put_between(slot_of(id, Layout::plain), make_held_factors(shape[0], varying), "factors of '" + graph_[id].name + "'");
}

void Assembly::put_between(int slot, std::unique_ptr<Layer> layer, std::string name) {
  const ValueId id = slots[static_cast<std::size_t>(slot)].value;
  const Layout layout = slots[static_cast<std::size_t>(slot)].layout;
  current_.reads.push_back({slot});
  const int changed = new_slot(id, layout, false, -1);
  slot_by_value_[{id, layout}] = changed;
  current_.writes.push_back(changed);
  push(std::move(layer), std::move(name));
}

/// A loss term is a layer behind all others: its backward pass writes the gradient that it asks of its value.
void Assembly::add_loss_terms() {
  teachers.resize(options_.terms.size());
  for (std::size_t t = 0; t < options_.terms.size(); ++t) {
    const LossTerm& term = options_.terms[t];
    const Shape& shape = graph_[term.value].type.shape;
    teachers[t].assign(static_cast<std::size_t>(teacher_elements(term, shape)), 0.0F);
    read(term.value, Layout::plain);
    push(std::make_unique<TermLayer>(term, shape, teachers[t].data(), term_losses),
         fmt::format("{} of '{}'", name(term.kind), graph_[term.value].name));
  }
}

bool Assembly::is_read_by_a_loss(ValueId id) const {
  return id == result_ || std::ranges::find(options_.terms, id, &LossTerm::value) != options_.terms.end();
}

void Assembly::push(std::unique_ptr<Layer> layer, std::string name) {
  for (const int slot : current_.writes) slots[static_cast<std::size_t>(slot)].maker = index();
  bool trains = std::ranges::any_of(current_.parameters,
                                    [&](const auto& p) { return !parameters[static_cast<std::size_t>(p.first)].held; });
  for (const auto& read : current_.reads) trains = trains || slots[static_cast<std::size_t>(read.slot)].wants_gradient;
  for (const int slot : current_.writes) slots[static_cast<std::size_t>(slot)].wants_gradient = trains;
  current_.backward = trains;
  current_.layer = std::move(layer);
  current_.name = std::move(name);
  records.push_back(std::move(current_));
  current_ = {};
}

int Assembly::new_slot(ValueId id, Layout layout, bool wants_gradient, int maker) {
  slots.push_back({.value = id, .layout = layout, .wants_gradient = wants_gradient, .maker = maker});
  const int slot = static_cast<int>(slots.size()) - 1;
  slot_by_value_.emplace(std::pair(id, layout), slot);
  return slot;
}

int Assembly::slot_of(ValueId id, Layout layout) {
  const auto found = slot_by_value_.find({id, layout});
  if (found != slot_by_value_.end()) return found->second;
  const Layout other = layout == Layout::plain ? Layout::blocked : Layout::plain;
  const auto from = slot_by_value_.find({id, other});
  if (from == slot_by_value_.end()) fail("'{}' is not made by any layer", graph_[id].name);
  // The layer being made has not been pushed yet, so its conversion comes before it.
  Record waiting = std::move(current_);
  current_ = {};
  current_.reads.push_back({from->second});
  const int slot = new_slot(id, layout, false, -1);
  current_.writes.push_back(slot);
  push(std::make_unique<ConversionLayer>(graph_[id].type.shape, other, layout), "layout of '" + graph_[id].name + "'");
  current_ = std::move(waiting);
  return slot;
}

void Assembly::read(ValueId id, Layout layout) { current_.reads.push_back({slot_of(id, layout)}); }

void Assembly::write(ValueId id, Layout layout) {
  if (graph_[id].type.dtype != DType::float32) {
    fail("makes {}; training needs float32", name(graph_[id].type.dtype));
  }
  current_.writes.push_back(new_slot(id, layout, false, -1));
}

void Assembly::alias(ValueId from, ValueId to) {
  slot_by_value_.emplace(std::pair(to, Layout::plain), slot_of(from, Layout::plain));
}

void Assembly::parameter(ValueId id, std::optional<Codec> codec) {
  const auto found = std::ranges::find(parameters, id, &StoredParameter::value);
  assert(found != parameters.end());
  found->used = true;
  current_.parameters.emplace_back(static_cast<int>(found - parameters.begin()), static_cast<int>(found->uses.size()));
  if (found->apart) {
    found->uses.push_back({.codec = codec ? std::move(*codec) : identity(found->elements)});
  } else if (codec) {
    found->codec = std::move(*codec);
  }
}

bool Assembly::may_update(ValueId id) const {
  const auto found = std::ranges::find(parameters, id, &StoredParameter::value);
  return !options_.keep_gradients && options_.optimizer.longest == 0 && found != parameters.end() && !found->apart &&
         !found->held;
}

void Assembly::statistic(ValueId id) {
  const auto found = std::ranges::find(statistics, id, &StoredStatistic::value);
  assert(found != statistics.end());
  current_.statistics.push_back(static_cast<int>(found - statistics.begin()));
}

bool Assembly::is_parameter(ValueId id) const {
  return std::ranges::find(parameters, id, &StoredParameter::value) != parameters.end();
}

bool Assembly::is_statistic(ValueId id) const {
  return std::ranges::find(statistics, id, &StoredStatistic::value) != statistics.end();
}

bool Assembly::wants_gradient(ValueId id) const {
  for (const Layout layout : {Layout::plain, Layout::blocked}) {
    const auto found = slot_by_value_.find({id, layout});
    if (found != slot_by_value_.end() && slots[static_cast<std::size_t>(found->second)].wants_gradient) return true;
  }
  return false;
}

Layout Assembly::layout(ValueId id) const {
  return slot_by_value_.contains({id, Layout::blocked}) ? Layout::blocked : Layout::plain;
}

int Assembly::only_reader(ValueId id) const {
  const auto& readers = readers_[static_cast<std::size_t>(id)];
  const bool is_output = std::ranges::find(graph_.outputs, id) != graph_.outputs.end() || is_read_by_a_loss(id);
  // Who follows would be absorbed and read what is not rounded.
  return readers.size() == 1 && !is_output && !ranges.find(id) ? readers[0] : -1;
}

Arena::BufferId Assembly::buffer(std::int64_t bytes) { return arena.add(bytes, index() + 1, kBackward - index()); }

void Assembly::scratch(std::int64_t bytes) { scratch_bytes_ = std::max(scratch_bytes_, bytes); }

/// The first writer of a gradient writes in place; the others write into temporaries, which are then added, by the
/// layer that made the activation if it takes two. Backward runs the layers in reverse, so the first writer is the last
/// reader.
void Assembly::plan_gradients() {
  std::vector<char> written(slots.size(), 0);
  for (Slot& slot : slots) {
    const int maker = slot.maker;
    const std::int64_t bytes = stored_elements(graph_[slot.value].type.shape, slot.layout) * kFloatBytes;
    const bool forever = maker < 0 || slot.value == result_;
    slot.data = forever ? arena.add(bytes) : arena.add(bytes, maker + 1, kBackward - maker);
    if (slot.wants_gradient) slot.gradient = arena.add(bytes, kBackward - maker, kBackward - maker);
  }
  const auto result = slot_by_value_.find({result_, Layout::plain});
  Slot& last = slots[static_cast<std::size_t>(result->second)];
  written[static_cast<std::size_t>(result->second)] = 1;
  if (last.wants_gradient) arena.extend(last.gradient, kLoss, kLoss);

  for (int l = index() - 1; l >= 0; --l) {
    Record& record = records[static_cast<std::size_t>(l)];
    if (!record.backward) continue;
    const int now = kBackward - l;
    for (auto& read : record.reads) {
      Slot& slot = slots[static_cast<std::size_t>(read.slot)];
      if (!slot.wants_gradient) continue;
      arena.extend(slot.gradient, now, now);
      char& first = written[static_cast<std::size_t>(read.slot)];
      if (first) {
        const std::int64_t bytes = stored_elements(graph_[slot.value].type.shape, slot.layout) * kFloatBytes;
        read.temporary = arena.add(bytes, now, now);
        const bool added_by_maker = records[static_cast<std::size_t>(slot.maker)].takes_gradient_in_two;
        if (added_by_maker && slot.more_gradient < 0) {
          slot.more_gradient = read.temporary;
          arena.extend(read.temporary, now, kBackward - slot.maker);
        }
      }
      first = 1;
    }
  }
  for (std::size_t s = 0; s < slots.size(); ++s) {
    // A second output that nothing reads: its gradient stays zero.
    if (slots[s].wants_gradient && !written[s]) arena.extend(slots[s].gradient, 0, Arena::kForever);
  }
}

void Assembly::plan_flat_buffers() {
  flat_elements = 0;
  for (StoredParameter& p : parameters) {
    p.offset = flat_elements;
    flat_elements += round_up(p.codec.stored);
  }
  std::int64_t used_elements = 0, largest = 0;
  for (StoredParameter& p : parameters) {
    for (Use& use : p.uses) {
      use.offset = used_elements;
      used_elements += round_up(use.codec.stored);
    }
    if (p.apart) largest = std::max(largest, p.elements);
  }
  canonical_.assign(static_cast<std::size_t>(largest), 0.0F);
  std::int64_t statistic_elements = 0;
  for (StoredStatistic& s : statistics) {
    s.offset = statistic_elements;
    statistic_elements += round_up(s.elements);
  }
  const std::int64_t all = (2 + options_.optimizer.moments()) * flat_elements + statistic_elements + 2 * used_elements;
  flat_ = arena.add(all * kFloatBytes);
  used_elements_ = used_elements;
  statistic_elements_ = statistic_elements;
}

void Assembly::bind(const Update* update, const std::uint64_t* step_seed, bool* finite) {
  plan_gradients();
  plan_flat_buffers();
  scratch_ = arena.add(scratch_bytes_);
  arena.place();
  weights = arena.as<float>(flat_);
  gradients = weights + flat_elements;
  moment1 = gradients + flat_elements;
  float* after = moment1 + flat_elements;
  if (options_.optimizer.moments() > 1) {
    moment2 = after;
    after += flat_elements;
  }
  statistic_values = after;
  used_weights = statistic_values + statistic_elements_;
  used_gradients = used_weights + used_elements_;

  for (StoredParameter& p : parameters) {
    const auto values = graph_[p.value].values<float>();
    p.codec.encode(values.data(), weights + p.offset);
  }
  for (const StoredStatistic& s : statistics) {
    const auto values = graph_[s.value].values<float>();
    std::copy(values.begin(), values.end(), statistic_values + s.offset);
  }
  apply_parametrisations();
  for (Record& record : records) {
    record.memory.update = update;
    record.memory.finite = finite;
    record.memory.seed = step_seed;
    hand_out(record);
    record.layer->bind(record.memory);
  }
}

void Assembly::hand_out(Record& record) {
  LayerMemory& memory = record.memory;
  memory.arena = &arena;
  memory.scratch = arena.at(scratch_);
  for (const auto& read : record.reads) {
    const Slot& slot = slots[static_cast<std::size_t>(read.slot)];
    memory.x.push_back(arena.as<float>(slot.data));
    float* gradient = slot.wants_gradient ? arena.as<float>(slot.gradient) : nullptr;
    if (read.temporary >= 0) {
      float* temporary = arena.as<float>(read.temporary);
      if (read.temporary != slot.more_gradient) {
        record.additions.push_back({temporary, gradient, stored_elements(graph_[slot.value].type.shape, slot.layout)});
      }
      gradient = temporary;
    }
    memory.dx.push_back(gradient);
  }
  for (const int w : record.writes) {
    const Slot& slot = slots[static_cast<std::size_t>(w)];
    memory.y.push_back(arena.as<float>(slot.data));
    memory.dy.push_back(slot.wants_gradient ? arena.as<float>(slot.gradient) : nullptr);
    memory.more_dy.push_back(slot.more_gradient >= 0 ? arena.as<float>(slot.more_gradient) : nullptr);
  }
  for (const auto& [p, u] : record.parameters) {
    StoredParameter& parameter = parameters[static_cast<std::size_t>(p)];
    parameter.updated_by_layer = parameter.updated_by_layer || record.updates_itself;
    if (!parameter.apart) {
      memory.parameters.push_back(memory_of(parameter));
      continue;
    }
    const Use& use = parameter.uses[static_cast<std::size_t>(u)];
    memory.parameters.push_back(
        {.weights = used_weights + use.offset, .gradient = used_gradients + use.offset, .elements = use.codec.stored});
  }
  for (const int s : record.statistics) {
    memory.statistics.push_back(statistic_values + statistics[static_cast<std::size_t>(s)].offset);
  }
}

ParameterMemory Assembly::memory_of(const StoredParameter& p) const {
  return {weights + p.offset,
          gradients + p.offset,
          moment1 + p.offset,
          moment2 ? moment2 + p.offset : nullptr,
          p.codec.stored,
          p.decay,
          p.rate};
}

std::vector<float> Assembly::effective(const StoredParameter& p) const {
  std::vector<float> values(static_cast<std::size_t>(p.elements));
  p.codec.decode(weights + p.offset, values.data());
  for (const auto& step : p.steps) step->apply(values);
  return values;
}

void Assembly::apply_parametrisations() {
  for (const StoredParameter& p : parameters) {
    if (!p.apart) continue;
    const std::span<float> values(canonical_.data(), static_cast<std::size_t>(p.elements));
    std::copy_n(weights + p.offset, p.elements, values.data());
    for (const auto& step : p.steps) step->apply(values);
    for (const Use& use : p.uses) use.codec.encode(values.data(), used_weights + use.offset);
  }
}

void Assembly::gather_gradients() {
  for (const StoredParameter& p : parameters) {
    if (!p.apart || !p.used) continue;
    const std::span<float> sum(gradients + p.offset, static_cast<std::size_t>(p.elements));
    for (std::size_t u = 0; u < p.uses.size(); ++u) {
      const float* from = used_gradients + p.uses[u].offset;
      p.uses[u].codec.decode(from, u == 0 ? sum.data() : canonical_.data());
      if (u > 0) simd::accumulate(canonical_.data(), sum.data(), p.elements);
    }
    for (std::size_t s = p.steps.size(); s-- > 0;) p.steps[s]->adjoint(sum);
  }
}

float* Assembly::input(ValueId id) {
  return arena.as<float>(slots[static_cast<std::size_t>(input_slots_.at(id))].data);
}

float* Assembly::data(ValueId id) {
  const auto found = slot_by_value_.find({id, Layout::plain});
  assert(found != slot_by_value_.end());
  return arena.as<float>(slots[static_cast<std::size_t>(found->second)].data);
}

float* Assembly::gradient_of_result() {
  const auto found = slot_by_value_.find({result_, Layout::plain});
  const Slot& slot = slots[static_cast<std::size_t>(found->second)];
  return slot.wants_gradient ? arena.as<float>(slot.gradient) : nullptr;
}

}  // namespace mirim
