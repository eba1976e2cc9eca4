#include <algorithm>
#include <cassert>

#include "mirim/base/error.hpp"
#include "mirim/exec/layer.hpp"
#include "mirim/ops/batch_norm.hpp"

namespace mirim {
namespace {

template <class Byte, class T>
BasicTensorView<Byte> view_of(const Value& value, T* at) {
  return {
      &value.type, &value.quantization, {reinterpret_cast<Byte*>(at), static_cast<std::size_t>(value.type.bytes())}};
}

/// Runs a node with its operator's own loops: the reference, and the fallback if no faster layer takes it.
class PlainLayer final : public Layer {
 public:
  PlainLayer(PlanBuilder& builder, int node)
      : graph_(builder.graph()),
        node_(graph_.nodes[static_cast<std::size_t>(node)]),
        place_(node),
        batch_norm_(node_.op.as<BatchNorm>()) {
    const auto types = operands(graph_, node_.inputs);
    for (const ValueId id : node_.inputs) inputs_.push_back(ask(builder, id));
    for (const int i : node_.op.variables(types)) {
      const ValueId id = node_.inputs[static_cast<std::size_t>(i)];
      states_.push_back({i, builder.buffer(graph_[id].type.bytes()), initial_content(graph_[id])});
    }
    for (const ValueId id : node_.outputs) builder.write(id, Layout::plain);
    saved_bytes_ = node_.op.saved_bytes(types);
    saved_ = builder.buffer(saved_bytes_);
    for (const Input& input : inputs_) {
      if (input.from == From::activation) any_gradient_ = any_gradient_ || builder.wants_gradient(input.id);
      if (input.from == From::parameter) any_gradient_ = true;
      // Statistics are inputs of the operator that need no gradient.
    }
    if (any_gradient_ && !node_.op.differentiable()) {
      fail("{} has no gradient, but there are weights to train before it", node_.op.name());
    }
  }

  std::string description() const override { return "plain loops"; }

  void bind(const LayerMemory& memory) override {
    memory_ = &memory;
    std::size_t reads = 0;
    std::size_t parameters = 0;
    std::size_t statistics = 0;
    for (const Input& input : inputs_) {
      switch (input.from) {
        case From::absent:
          x_.emplace_back();
          dx_.emplace_back();
          break;
        case From::constant:
          x_.push_back({&graph_[input.id].type, &graph_[input.id].quantization, *graph_[input.id].constant});
          dx_.emplace_back();
          break;
        case From::state:
          x_.push_back(view(input.id, state_at(static_cast<int>(x_.size()))));
          dx_.emplace_back();
          break;
        case From::activation:
          x_.push_back(view(input.id, memory.x[reads]));
          dx_.push_back(memory.dx[reads] ? view(input.id, memory.dx[reads]) : TensorView{});
          ++reads;
          break;
        case From::parameter:
          x_.push_back(view(input.id, memory.parameters[parameters].weights));
          dx_.push_back(view(input.id, memory.parameters[parameters].gradient));
          ++parameters;
          break;
        case From::statistic:
          x_.push_back(view(input.id, memory.statistics[statistics++]));
          dx_.emplace_back();
          break;
      }
    }
    for (std::size_t i = 0; i < node_.outputs.size(); ++i) {
      y_.push_back(view(node_.outputs[i], memory.y[i]));
      y_read_.push_back(y_.back());
      dy_.push_back(memory.dy[i] ? view(node_.outputs[i], memory.dy[i]) : ConstTensorView{});
    }
    for (const State& state : states_) y_.push_back(view(inputs_[static_cast<std::size_t>(state.input)].id, at(state)));
  }

  void forward(bool training) override {
    for (const State& state : states_) std::ranges::copy(state.content, memory_->arena->at(state.buffer));
    if (training) {
      node_.op.forward_training(Inputs(x_), Outputs(y_), state());
      if (batch_norm_) update_running_statistics();
    } else {
      node_.op.forward(Inputs(x_), Outputs(y_));
    }
  }

  void backward() override {
    if (any_gradient_) node_.op.backward(Inputs(x_), Inputs(y_read_), Inputs(dy_), Outputs(dx_), state());
  }

 private:
  enum class From { absent, constant, activation, parameter, statistic, state };
  struct Input {
    From from = From::absent;
    ValueId id = kNoValue;
  };

  /// A variable that the operator keeps. Each batch begins with its initial content.
  struct State {
    int input;
    Arena::BufferId buffer;
    Bytes content;
  };

  float* at(const State& state) const { return memory_->arena->as<float>(state.buffer); }
  float* state_at(int input) const { return at(*std::ranges::find(states_, input, &State::input)); }

  Input ask(PlanBuilder& builder, ValueId id) const {
    if (id == kNoValue) return {From::absent, id};
    if (graph_[id].variable && is_state(id)) return {From::state, id};
    if (builder.is_parameter(id)) {
      builder.parameter(id);
      return {From::parameter, id};
    }
    if (builder.is_statistic(id)) {
      builder.statistic(id);
      return {From::statistic, id};
    }
    if (graph_[id].is_constant()) return {From::constant, id};
    if (graph_[id].type.dtype != DType::float32) {
      fail("reads '{}', which is {}; training needs float32", graph_[id].name, name(graph_[id].type.dtype));
    }
    builder.read(id, Layout::plain);
    return {From::activation, id};
  }

  bool is_state(ValueId id) const {
    const auto written = written_variables(graph_, node_);
    return graph_[id].type.dtype == DType::float32 && std::ranges::find(written, id) != written.end();
  }

  /// running = momentum * running + (1 - momentum) * batch; the batch's statistics are saved first by the operator.
  void update_running_statistics() {
    const auto* batch = memory_->arena->as<float>(saved_);
    const std::int64_t channels = graph_[node_.inputs[1]].type.shape.elements();
    for (std::size_t s = 0; s < memory_->statistics.size(); ++s) {
      float* running = memory_->statistics[s];
      const float* of_batch = batch + s * static_cast<std::size_t>(channels);
      for (std::int64_t c = 0; c < channels; ++c) {
        running[c] = batch_norm_->momentum * running[c] + (1 - batch_norm_->momentum) * of_batch[c];
      }
    }
  }

  TensorView view(ValueId id, float* at) const { return view_of<std::byte>(graph_[id], at); }
  ConstTensorView view(ValueId id, const float* at) const { return view_of<const std::byte>(graph_[id], at); }

  TrainingState state() const {
    const auto mixed = (*memory_->seed + static_cast<std::uint64_t>(place_)) * 0x9e3779b97f4a7c15ULL;
    return {{memory_->arena->at(saved_), static_cast<std::size_t>(saved_bytes_)}, mixed};
  }

  const Graph& graph_;
  const Node& node_;
  int place_;
  const BatchNorm* batch_norm_;
  std::vector<Input> inputs_;
  std::vector<State> states_;
  Arena::BufferId saved_ = -1;
  std::int64_t saved_bytes_ = 0;
  bool any_gradient_ = false;
  const LayerMemory* memory_ = nullptr;
  std::vector<ConstTensorView> x_;
  std::vector<TensorView> y_;
  std::vector<ConstTensorView> y_read_;
  std::vector<ConstTensorView> dy_;
  std::vector<TensorView> dx_;
};

}  // namespace

std::unique_ptr<Layer> make_plain_layer(PlanBuilder& builder, int node) {
  return std::make_unique<PlainLayer>(builder, node);
}

}  // namespace mirim
