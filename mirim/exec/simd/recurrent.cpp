#include <algorithm>
#include <cstring>
#include <limits>
#include <memory>

#include "mirim/exec/parallel.hpp"
#include "mirim/exec/simd/layers.hpp"
#include "mirim/exec/simd/panel_product.hpp"
#include "mirim/exec/simd/recurrent_training.hpp"
#include "mirim/exec/simd/trained_constant.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/recurrent.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"

namespace mirim::simd {
namespace {

/// The sums of one step of one sequence stand beside each other, one part of `units` for each gate. The input adds to
/// the first of them, the last output to those from `first_of_state` on. Most gates have one part for both.
struct Parts {
  int count;
  std::vector<int> of_input;  ///< by part, from the first on: the gate
  int first_of_state;
  std::vector<int> of_state;  ///< by part, from `first_of_state` on: the gate
};

enum class Kind { lstm, gru_after, gru_before, rnn };
constexpr int kUpdate = 0, kReset = 1, kCandidate = 2;  // gates of a GRU

// A GRU's candidate has two parts; see GruRows. Without reset_after the second holds what the recurrent weights
// multiply.
Parts parts_of(Kind kind) {
  switch (kind) {
    case Kind::lstm:
      return {4, {0, 1, 2, 3}, 0, {0, 1, 2, 3}};
    case Kind::gru_after:
      return {4, {kCandidate, kUpdate, kReset}, 1, {kUpdate, kReset, kCandidate}};
    case Kind::gru_before:
      return {4, {kCandidate, kUpdate, kReset}, 1, {kUpdate, kReset}};
    case Kind::rnn:
      break;
  }
  return {1, {0}, 0, {0}};
}

/// What the three operators are to this layer.
struct Cell {
  Kind kind = Kind::rnn;
  float clip = std::numeric_limits<float>::infinity();
  bool bends = true;
  ActivationRange range{-std::numeric_limits<float>::infinity(), std::numeric_limits<float>::infinity()};
};

Cell cell_of(const Op& op) {
  Cell cell;
  if (const auto* lstm = op.as<UnidirectionalSequenceLstm>()) {
    cell.kind = Kind::lstm;
    if (lstm->cell_clip > 0) cell.clip = lstm->cell_clip;
  } else if (const auto* gru = op.as<Gru>()) {
    cell.kind = gru->reset_after ? Kind::gru_after : Kind::gru_before;
  } else if (const auto* rnn = op.as<UnidirectionalSequenceRnn>()) {
    cell.bends = rnn->activation == Activation::tanh;
    if (!cell.bends) cell.range = activation_range(UnidirectionalSequenceRnn::name, rnn->activation);
  }
  return cell;
}

/// Consecutive arrays of one block of memory.
class Places {
 public:
  std::int64_t take(std::int64_t floats) {
    const std::int64_t place = floats_;
    floats_ += (floats + 15) / 16 * 16;
    return place;
  }
  std::int64_t bytes() const { return floats_ * std::int64_t{sizeof(float)}; }

 private:
  std::int64_t floats_ = 0;
};

/// LSTM, GRU and simple recurrent layers. Within a step all sequences are the rows of one product; threads share the
/// sequences, each from the first step to the last, and then the rows of the weights' gradients, which are products
/// over all steps. Rows of steps are in the order of time, and units fill whole vectors: those added stay 0.
class Recurrent final : public Layer {
 public:
  Recurrent(PlanBuilder& builder, const Node& node, const RecurrentOperands& operands)
      : operands_(operands), cell_(cell_of(node.op)), parts_(parts_of(cell_.kind)) {
    const Graph& graph = builder.graph();
    const auto shape_of = [&](int i) -> const Shape& {
      return graph[node.inputs[static_cast<std::size_t>(i)]].type.shape;
    };
    const Shape& x = shape_of(0);
    batches_ = x[operands.time_major ? 1 : 0];
    steps_ = x[operands.time_major ? 0 : 1];
    inputs_ = x[2];
    units_ = shape_of(operands.recurrent)[0];
    wide_inputs_ = whole_vectors(inputs_ + 1);  // beside x a 1, whose weight is the bias
    wide_units_ = whole_vectors(units_);
    row_ = parts_.count * wide_units_;

    builder.read(node.inputs[0], Layout::plain);
    builder.write(node.outputs[0], Layout::plain);
    const auto constant = [&](int i) {
      const bool there = i < static_cast<int>(node.inputs.size());
      return TrainedConstant(builder, there ? node.inputs[static_cast<std::size_t>(i)] : kNoValue);
    };
    const int gates = static_cast<int>(parts_.of_input.size());
    for (int g = 0; g < gates; ++g) weights_.push_back(constant(operands.weights + g));
    for (int g = 0; g < gates; ++g) recurrent_.push_back(constant(operands.recurrent + g));
    for (int g = 0; g < gates; ++g) bias_.push_back(constant(operands.bias + g));
    if (cell_.kind == Kind::gru_after) state_bias_ = constant(gru::kRecurrentBias);

    const auto first = [&](int i) {
      const ValueId id = i < static_cast<int>(node.inputs.size()) ? node.inputs[static_cast<std::size_t>(i)] : kNoValue;
      if (id == kNoValue) return std::vector<float>(static_cast<std::size_t>(batches_ * units_), 0.0F);
      const Bytes content = initial_content(graph[id]);
      std::vector<float> values(content.size() / sizeof(float));
      std::memcpy(values.data(), content.data(), content.size());
      return values;
    };
    first_h_ = first(operands.state);
    if (cell_.kind == Kind::lstm) first_cell_ = first(lstm::kCell);
    begins_with_zeros_ = std::ranges::all_of(first_h_, [](float v) { return v == 0; });

    Places kept;
    const std::int64_t rows = steps_ * batches_;
    x_ = kept.take(rows * wide_inputs_);
    sums_ = kept.take(rows * row_);
    h_ = kept.take((rows + batches_) * wide_units_);
    if (cell_.kind == Kind::lstm) {
      cells_ = kept.take((rows + batches_) * wide_units_);
      bent_ = kept.take(rows * wide_units_);
    }
    kept_ = builder.buffer(kept.bytes());
    place_scratch(builder);
  }

  std::string description() const override { return "vectorised loops"; }

  void bind(const LayerMemory& memory) override {
    memory_ = &memory;
    std::size_t next = 0;
    for (auto* list : {&weights_, &recurrent_, &bias_}) {
      for (TrainedConstant& constant : *list) constant.bind(memory, next);
    }
    state_bias_.bind(memory, next);
  }

  void forward(bool) override {
    pack_forward();
    for_each_part(parts(), [&](int part) { forward_of(sequences(part)); });
  }

  void backward() override {
    pack_backward();
    for_each_part(parts(), [&](int part) { backward_of(sequences(part)); });
    for_each_part(parts(), [&](int part) {
      const std::int64_t begin = units_ * part / parts(), end = units_ * (part + 1) / parts();
      if (begin < end) make_gradients(begin, end - begin);
    });
  }

 private:
  struct Rows {
    std::int64_t first, count;
  };

  void place_scratch(PlanBuilder& builder) {
    const auto of_input = static_cast<std::int64_t>(parts_.of_input.size()),
               of_state = static_cast<std::int64_t>(parts_.of_state.size());
    from_input_ = Panels(inputs_ + 1, of_input * wide_units_);
    from_state_ = Panels(units_, of_state * wide_units_);
    to_input_ = Panels(of_input * wide_units_, whole_vectors(inputs_));
    to_state_ = Panels(of_state * wide_units_, wide_units_);
    from_gated_ = Panels(units_, wide_units_);
    to_gated_ = Panels(wide_units_, wide_units_);
    Places there;
    forward_weights_ = there.take(from_input_.floats());
    forward_recurrent_ = there.take(from_state_.floats());
    forward_gated_ = there.take(from_gated_.floats());
    Places back;
    backward_weights_ = back.take(to_input_.floats());
    backward_recurrent_ = back.take(to_state_.floats());
    backward_gated_ = back.take(to_gated_.floats());
    dh_ = back.take(batches_ * wide_units_);
    dc_ = back.take(batches_ * wide_units_);
    inner_ = back.take(batches_ * wide_units_);
    dx_ = back.take(batches_ * whole_vectors(inputs_));
    of_inputs_ = back.take(of_input * units_ * wide_inputs_);
    of_states_ = back.take((of_input + 1) * units_ * wide_units_);
    builder.scratch(std::max(there.bytes(), back.bytes()));
  }

  int parts() const {
    const std::int64_t work = steps_ * batches_ * row_ * (inputs_ + units_) / 16;
    return static_cast<int>(
        std::clamp<std::int64_t>(work / kWorthAThread, 1, std::min<std::int64_t>(batches_, available_threads())));
  }
  Rows sequences(int part) const {
    const std::int64_t begin = batches_ * part / parts();
    return {begin, batches_ * (part + 1) / parts() - begin};
  }

  float* kept(std::int64_t place) const { return memory_->arena->as<float>(kept_) + place; }
  float* scratch(std::int64_t place) const { return reinterpret_cast<float*>(memory_->scratch) + place; }
  float* sums(std::int64_t step, std::int64_t sequence) const {
    return kept(sums_) + (step * batches_ + sequence) * row_;
  }
  // After so many steps.
  float* h(std::int64_t steps, std::int64_t sequence) const {
    return kept(h_) + (steps * batches_ + sequence) * wide_units_;
  }
  float* cell(std::int64_t steps, std::int64_t sequence) const {
    return kept(cells_) + (steps * batches_ + sequence) * wide_units_;
  }
  // The place of a step in x, y and their gradients.
  std::int64_t row_of(std::int64_t step, std::int64_t sequence) const {
    return operands_.time_major ? step * batches_ + sequence : sequence * steps_ + step;
  }

  // Rows of a [units, columns] matrix become columns of b, from `first` on.
  static void pack_transposed(const TrainedConstant& from, std::int64_t rows, std::int64_t columns,
                              const Panels& panels, std::int64_t first, float* to) {
    const std::int64_t next = panel_columns();
    for (std::int64_t r = 0; r < rows; ++r) {
      const float* row = from.values + r * columns;
      float* at = to + panels.at(0, first + r);
      for (std::int64_t k = 0; k < columns; ++k) at[k * next] = row[k];
    }
  }
  // Rows of a matrix become rows of b, from `first` on.
  static void pack_rows(const TrainedConstant& from, std::int64_t rows, std::int64_t columns, const Panels& panels,
                        std::int64_t first, float* to) {
    const std::int64_t width = panel_columns();
    for (std::int64_t r = 0; r < rows; ++r) {
      for (std::int64_t c = 0; c < columns; c += width) {
        std::copy_n(from.values + r * columns + c, std::min(width, columns - c), to + panels.at(first + r, c));
      }
    }
  }

  void pack_forward() const {
    float *weights = scratch(forward_weights_), *recurrent = scratch(forward_recurrent_);
    std::fill_n(weights, from_input_.floats(), 0.0F);
    std::fill_n(recurrent, from_state_.floats(), 0.0F);
    for (std::size_t p = 0; p < parts_.of_input.size(); ++p) {
      const auto gate = static_cast<std::size_t>(parts_.of_input[p]);
      const std::int64_t first = static_cast<std::int64_t>(p) * wide_units_;
      pack_transposed(weights_[gate], units_, inputs_, from_input_, first, weights);
      for (std::int64_t u = 0; u < units_; ++u) weights[from_input_.at(inputs_, first + u)] = bias_[gate].values[u];
    }
    for (std::size_t p = 0; p < parts_.of_state.size(); ++p) {
      pack_transposed(recurrent_[static_cast<std::size_t>(parts_.of_state[p])], units_, units_, from_state_,
                      static_cast<std::int64_t>(p) * wide_units_, recurrent);
    }
    if (cell_.kind != Kind::gru_before) return;
    std::fill_n(scratch(forward_gated_), from_gated_.floats(), 0.0F);
    pack_transposed(recurrent_[kCandidate], units_, units_, from_gated_, 0, scratch(forward_gated_));
  }

  void pack_backward() const {
    float *weights = scratch(backward_weights_), *recurrent = scratch(backward_recurrent_);
    if (memory_->dx[0]) {
      std::fill_n(weights, to_input_.floats(), 0.0F);
      for (std::size_t p = 0; p < parts_.of_input.size(); ++p) {
        pack_rows(weights_[static_cast<std::size_t>(parts_.of_input[p])], units_, inputs_, to_input_,
                  static_cast<std::int64_t>(p) * wide_units_, weights);
      }
    }
    std::fill_n(recurrent, to_state_.floats(), 0.0F);
    for (std::size_t p = 0; p < parts_.of_state.size(); ++p) {
      pack_rows(recurrent_[static_cast<std::size_t>(parts_.of_state[p])], units_, units_, to_state_,
                static_cast<std::int64_t>(p) * wide_units_, recurrent);
    }
    if (cell_.kind != Kind::gru_before) return;
    std::fill_n(scratch(backward_gated_), to_gated_.floats(), 0.0F);
    pack_rows(recurrent_[kCandidate], units_, units_, to_gated_, 0, scratch(backward_gated_));
  }

  void begin(std::int64_t sequence) const {
    const auto put = [&](const std::vector<float>& from, float* to) {
      std::copy_n(from.data() + sequence * units_, units_, to);
      std::fill(to + units_, to + wide_units_, 0.0F);
    };
    put(first_h_, h(0, sequence));
    if (cell_.kind == Kind::lstm) put(first_cell_, cell(0, sequence));
  }

  void forward_of(Rows rows) const {
    for (std::int64_t b = rows.first; b < rows.first + rows.count; ++b) begin(b);
    for (std::int64_t t = 0; t < steps_; ++t) {
      float* x = kept(x_) + (t * batches_ + rows.first) * wide_inputs_;
      for (std::int64_t b = 0; b < rows.count; ++b) {
        float* to = x + b * wide_inputs_;
        std::copy_n(memory_->x[0] + row_of(t, rows.first + b) * inputs_, inputs_, to);
        to[inputs_] = 1;
        std::fill(to + inputs_ + 1, to + wide_inputs_, 0.0F);
      }
      add_products(t, rows, x);
      finish_step(t, rows);
      if (operands_.last_only && t != steps_ - 1) continue;
      for (std::int64_t b = rows.first; b < rows.first + rows.count; ++b) {
        std::copy_n(h(t + 1, b), units_, memory_->y[0] + (operands_.last_only ? b : row_of(t, b)) * units_);
      }
    }
  }

  void add_products(std::int64_t t, Rows rows, const float* x) const {
    float* to = sums(t, rows.first);
    PanelProduct of_input{.rows = rows.count, .a = x, .a_row = wide_inputs_, .c = to, .c_row = row_, .adds = false};
    from_input_.give(scratch(forward_weights_), of_input);
    run(of_input);
    if (cell_.kind == Kind::gru_after) {
      for (std::int64_t b = 0; b < rows.count; ++b) {
        float* part = to + b * row_ + 3 * wide_units_;
        std::fill_n(part, wide_units_, 0.0F);
        if (state_bias_.values) std::copy_n(state_bias_.values, units_, part);
      }
    }
    PanelProduct of_state{.rows = rows.count,
                          .a = h(t, rows.first),
                          .a_row = wide_units_,
                          .c = to + parts_.first_of_state * wide_units_,
                          .c_row = row_};
    from_state_.give(scratch(forward_recurrent_), of_state);
    if (t > 0 || !begins_with_zeros_) run(of_state);
  }

  void finish_step(std::int64_t t, Rows rows) const {
    switch (cell_.kind) {
      case Kind::lstm:
        return lstm_forward(lstm_rows(t, rows, h(t + 1, rows.first), nullptr));
      case Kind::gru_after:
        return gru_forward(gru_rows(t, rows, h(t + 1, rows.first)));
      case Kind::gru_before: {
        const GruRows of_step = gru_rows(t, rows, h(t + 1, rows.first));
        gru_gate(of_step);
        PanelProduct of_gated{
            .rows = rows.count, .a = of_step.sums + 3 * wide_units_, .a_row = row_, .c = of_step.sums, .c_row = row_};
        from_gated_.give(scratch(forward_gated_), of_gated);
        run(of_gated);
        return gru_finish(of_step);
      }
      case Kind::rnn:
        rnn_forward(rnn_rows(t, rows, nullptr));
    }
  }

  LstmRows lstm_rows(std::int64_t t, Rows rows, float* of_h, float* of_cell) const {
    return {.rows = rows.count,
            .units = wide_units_,
            .sums = sums(t, rows.first),
            .last_cell = cell(t, rows.first),
            .cell = cell(t + 1, rows.first),
            .bent = kept(bent_) + (t * batches_ + rows.first) * wide_units_,
            .h = of_h,
            .cell_gradient = of_cell,
            .clip = cell_.clip};
  }
  GruRows gru_rows(std::int64_t t, Rows rows, float* of_h) const {
    return {.rows = rows.count, .units = wide_units_, .sums = sums(t, rows.first), .last = h(t, rows.first), .h = of_h};
  }
  RnnRows rnn_rows(std::int64_t t, Rows rows, const float* gradient) const {
    return {.count = rows.count * wide_units_,
            .sums = sums(t, rows.first),
            .h = h(t + 1, rows.first),
            .gradient = gradient,
            .bends = cell_.bends,
            .least = cell_.range.least,
            .most = cell_.range.most};
  }

  void backward_of(Rows rows) const {
    float *dh = scratch(dh_) + rows.first * wide_units_, *dc = scratch(dc_) + rows.first * wide_units_;
    std::fill_n(dh, rows.count * wide_units_, 0.0F);
    std::fill_n(dc, rows.count * wide_units_, 0.0F);
    for (std::int64_t t = steps_; t-- > 0;) {
      if (!operands_.last_only || t == steps_ - 1) {
        const std::int64_t first = operands_.last_only ? rows.first : row_of(t, rows.first);
        const std::int64_t next = operands_.last_only || operands_.time_major ? 1 : steps_;
        add_rows({.rows = rows.count,
                  .columns = units_,
                  .from = memory_->dy[0] + first * units_,
                  .from_row = next * units_,
                  .to = dh,
                  .to_row = wide_units_});
      }
      differentiate_step(t, rows, dh, dc);
      PanelProduct to_state{.rows = rows.count,
                            .a = sums(t, rows.first) + parts_.first_of_state * wide_units_,
                            .a_row = row_,
                            .c = dh,
                            .c_row = wide_units_};
      to_state_.give(scratch(backward_recurrent_), to_state);
      if (t > 0) run(to_state);
      if (memory_->dx[0]) make_input_gradient(t, rows);
    }
  }

  // From dL/dh and dL/dcell after the step to dL/dsums, and to what of them passes the step beside the sums.
  void differentiate_step(std::int64_t t, Rows rows, float* dh, float* dc) const {
    switch (cell_.kind) {
      case Kind::lstm:
        return lstm_backward(lstm_rows(t, rows, dh, dc));
      case Kind::gru_after:
        return gru_backward(gru_rows(t, rows, dh));
      case Kind::gru_before: {
        const GruRows of_step = gru_rows(t, rows, dh);
        gru_backward_candidate(of_step);
        float* inner = scratch(inner_) + rows.first * wide_units_;
        PanelProduct to_gated{
            .rows = rows.count, .a = of_step.sums, .a_row = row_, .c = inner, .c_row = wide_units_, .adds = false};
        to_gated_.give(scratch(backward_gated_), to_gated);
        run(to_gated);
        return gru_backward_reset(of_step, inner);
      }
      case Kind::rnn:
        rnn_backward(rnn_rows(t, rows, dh));
        std::fill_n(dh, rows.count * wide_units_, 0.0F);
    }
  }

  void make_input_gradient(std::int64_t t, Rows rows) const {
    const std::int64_t wide = whole_vectors(inputs_);
    float* dx = scratch(dx_) + rows.first * wide;
    PanelProduct to_input{
        .rows = rows.count, .a = sums(t, rows.first), .a_row = row_, .c = dx, .c_row = wide, .adds = false};
    to_input_.give(scratch(backward_weights_), to_input);
    run(to_input);
    for (std::int64_t b = 0; b < rows.count; ++b) {
      std::copy_n(dx + b * wide, inputs_, memory_->dx[0] + row_of(t, rows.first + b) * inputs_);
    }
  }

  // dL/dsums of a part, for `count` units from `first` on, times a matrix with a row for each step.
  PanelProduct over_steps(int part, std::int64_t first, std::int64_t count, const float* b, std::int64_t b_term,
                          std::int64_t columns, float* c) const {
    return {.rows = count,
            .columns = columns,
            .terms = steps_ * batches_,
            .a = kept(sums_) + part * wide_units_ + first,
            .a_row = 1,
            .a_term = row_,
            .b = b,
            .b_panel = panel_columns(),
            .b_term = b_term,
            .c = c,
            .c_row = columns,
            .adds = false};
  }

  void make_gradients(std::int64_t first, std::int64_t count) const {
    for (std::size_t p = 0; p < parts_.of_input.size(); ++p) {
      const auto gate = static_cast<std::size_t>(parts_.of_input[p]);
      if (!weights_[gate].gradient && !bias_[gate].gradient) continue;
      float* to = scratch(of_inputs_) + (static_cast<std::int64_t>(p) * units_ + first) * wide_inputs_;
      run(over_steps(static_cast<int>(p), first, count, kept(x_), wide_inputs_, wide_inputs_, to));
      for (std::int64_t u = 0; u < count; ++u, to += wide_inputs_) {
        if (float* weights = weights_[gate].gradient) std::copy_n(to, inputs_, weights + (first + u) * inputs_);
        if (float* bias = bias_[gate].gradient) bias[first + u] = to[inputs_];
      }
    }
    for (std::size_t p = 0; p < parts_.of_state.size(); ++p) {
      make_recurrent_gradient(static_cast<std::size_t>(parts_.of_state[p]), parts_.first_of_state + static_cast<int>(p),
                              first, count, kept(h_), wide_units_);
    }
    if (cell_.kind == Kind::gru_before) {
      make_recurrent_gradient(kCandidate, 0, first, count, kept(sums_) + 3 * wide_units_, row_);
    }
    if (float* bias = state_bias_.gradient) {
      // The vector of x that holds the 1.
      const std::int64_t lanes = vector_lanes(), place = inputs_ / lanes * lanes;
      float* to = scratch(of_inputs_) + first * wide_inputs_;
      run(over_steps(3, first, count, kept(x_) + place, wide_inputs_, lanes, to));
      for (std::int64_t u = 0; u < count; ++u) bias[first + u] = to[u * lanes + inputs_ - place];
    }
  }

  void make_recurrent_gradient(std::size_t gate, int part, std::int64_t first, std::int64_t count, const float* b,
                               std::int64_t b_term) const {
    float* gradient = recurrent_[gate].gradient;
    if (!gradient) return;
    float* to = scratch(of_states_) + (part * units_ + first) * wide_units_;
    run(over_steps(part, first, count, b, b_term, wide_units_, to));
    for (std::int64_t u = 0; u < count; ++u) std::copy_n(to + u * wide_units_, units_, gradient + (first + u) * units_);
  }

  RecurrentOperands operands_;
  Cell cell_;
  Parts parts_;
  std::int64_t batches_ = 0, steps_ = 0, inputs_ = 0, units_ = 0;
  std::int64_t wide_inputs_ = 0, wide_units_ = 0, row_ = 0;  ///< floats of a row of x, h and sums
  std::vector<TrainedConstant> weights_, recurrent_, bias_;  ///< by gate
  TrainedConstant state_bias_;
  std::vector<float> first_h_, first_cell_;
  bool begins_with_zeros_ = false;  ///< so that the first step has no product with the last output
  Arena::BufferId kept_ = -1;
  std::int64_t x_ = 0, sums_ = 0, h_ = 0, cells_ = 0, bent_ = 0;
  Panels from_input_, from_state_, from_gated_, to_input_, to_state_, to_gated_;
  std::int64_t forward_weights_ = 0, forward_recurrent_ = 0, forward_gated_ = 0;
  std::int64_t backward_weights_ = 0, backward_recurrent_ = 0, backward_gated_ = 0;
  std::int64_t dh_ = 0, dc_ = 0, inner_ = 0, dx_ = 0, of_inputs_ = 0, of_states_ = 0;
  const LayerMemory* memory_ = nullptr;
};

}  // namespace

std::unique_ptr<Layer> make_recurrent(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto operands = recurrent_operands(n.op);
  if (!operands) return nullptr;
  for (int i = 1; i < static_cast<int>(n.inputs.size()); ++i) {
    const ValueId id = n.inputs[static_cast<std::size_t>(i)];
    const bool state = i >= operands->state && i < operands->state_end;
    if (id == kNoValue || (state && graph[id].variable)) continue;
    if (!graph[id].is_constant() || graph[id].type.dtype != DType::float32) return nullptr;
  }
  const ValueId x = n.inputs[0];
  if (graph[x].is_constant() || graph[x].type.dtype != DType::float32) return nullptr;
  if (graph[x].type.shape.elements() == 0 || graph[n.outputs[0]].type.shape.elements() == 0) return nullptr;
  return std::make_unique<Recurrent>(builder, n, *operands);
}

}  // namespace mirim::simd
