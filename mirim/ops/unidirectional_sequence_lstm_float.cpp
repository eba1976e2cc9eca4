#include "mirim/ops/unidirectional_sequence_lstm_float.hpp"

#include <algorithm>
#include <array>
#include <cmath>

#include "mirim/ops/operands.hpp"
#include "mirim/ops/recurrent_sums.hpp"

namespace mirim {
namespace {

using namespace lstm;
enum Gate { input, forget, content, output };

struct Sizes {
  std::int64_t batches, steps, inputs, units;
};

Sizes sizes(const UnidirectionalSequenceLstm& op, const Shape& x, const Shape& weights) {
  return {.batches = x[op.time_major ? 1 : 0], .steps = x[op.time_major ? 0 : 1], .inputs = x[2], .units = weights[0]};
}

std::int64_t row_of(const UnidirectionalSequenceLstm& op, const Sizes& s, std::int64_t batch, std::int64_t step) {
  return op.time_major ? step * s.batches + batch : batch * s.steps + step;
}

/// What a step leaves for its derivative: the gates behind their functions, the cell, and both states before the step.
struct Step {
  std::array<std::span<float>, kGates> gate;
  std::span<float> cell, last, last_cell;
};
constexpr std::int64_t kSavedVectors = kGates + 3;

Step step_at(std::span<float> saved, std::int64_t index, std::int64_t units) {
  const auto size = static_cast<std::size_t>(units);
  const auto vector = [&](std::size_t i) {
    return saved.subspan((static_cast<std::size_t>(index * kSavedVectors) + i) * size, size);
  };
  return {{vector(0), vector(1), vector(2), vector(3)}, vector(4), vector(5), vector(6)};
}

float logistic(float v) { return 1 / (1 + std::exp(-v)); }

float dot(std::span<const float> matrix, std::size_t row, const float* vector, std::int64_t size) {
  const float* weights = matrix.data() + static_cast<std::int64_t>(row) * size;
  float sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += weights[i] * vector[i];
  return sum;
}

// Makes the gates of a step from x and the last output, then cell and output. `to` may not be `step.last`.
void run_step(const UnidirectionalSequenceLstm& op, Inputs x, const Sizes& s, const float* from, const Step& step,
              std::span<float> to) {
  for (std::size_t u = 0; u < to.size(); ++u) {
    for (int g = 0; g < kGates; ++g) {
      const float sum = x[kBias + g].as<float>()[u] + dot(x[kWeights + g].as<float>(), u, from, s.inputs) +
                        dot(x[kRecurrent + g].as<float>(), u, step.last.data(), s.units);
      step.gate[static_cast<std::size_t>(g)][u] = g == content ? std::tanh(sum) : logistic(sum);
    }
    float cell = step.gate[forget][u] * step.last_cell[u] + step.gate[input][u] * step.gate[content][u];
    if (op.cell_clip > 0) cell = std::clamp(cell, -op.cell_clip, op.cell_clip);
    step.cell[u] = cell;
    to[u] = step.gate[output][u] * std::tanh(cell);
  }
}

// `saved` has room for all steps of all sequences, or for one.
void run_all(const UnidirectionalSequenceLstm& op, Inputs x, Outputs y, std::span<float> saved, bool keeps_all) {
  const Sizes s = sizes(op, x[kInput].shape(), x[kWeights].shape());
  const auto units = static_cast<std::size_t>(s.units);
  for (std::int64_t b = 0; b < s.batches; ++b) {
    const auto state = y[1].as<float>().subspan(static_cast<std::size_t>(b) * units, units);
    const auto cell = y[2].as<float>().subspan(static_cast<std::size_t>(b) * units, units);
    for (std::int64_t t = 0; t < s.steps; ++t) {
      const std::int64_t row = row_of(op, s, b, t);
      const Step step = step_at(saved, keeps_all ? row : 0, s.units);
      std::ranges::copy(state, step.last.begin());
      std::ranges::copy(cell, step.last_cell.begin());
      const auto to = y[0].as<float>().subspan(static_cast<std::size_t>(op.last_only ? b : row) * units, units);
      run_step(op, x, s, x[kInput].as<float>().data() + row * s.inputs, step, to);
      std::ranges::copy(to, state.begin());
      std::ranges::copy(step.cell, cell.begin());
    }
  }
}

class Backward {
 public:
  Backward(const UnidirectionalSequenceLstm& op, Inputs x, Inputs dy, Outputs dx, TrainingState saved)
      : op_(op),
        s_(sizes(op, x[kInput].shape(), x[kWeights].shape())),
        x_(x),
        dy_(dy[0].as<float>()),
        saved_(floats_of(saved)),
        to_(x, dx) {}

  void run() {
    const auto units = static_cast<std::size_t>(s_.units);
    for (std::int64_t b = 0; b < s_.batches; ++b) {
      dh_.assign(units, 0);
      dc_.assign(units, 0);
      for (std::int64_t t = s_.steps; t-- > 0;) {
        const std::int64_t row = row_of(op_, s_, b, t);
        if (!op_.last_only || t == s_.steps - 1) {
          add_vector(dy_.subspan(static_cast<std::size_t>(op_.last_only ? b : row) * units, units), dh_);
        }
        run_step(row);
      }
      add_vector(dh_, to_[kState].subspan(static_cast<std::size_t>(b) * units, units));
      add_vector(dc_, to_[kCell].subspan(static_cast<std::size_t>(b) * units, units));
    }
  }

 private:
  // From dL/dh and dL/dcell after the step to those before it.
  void run_step(std::int64_t row) {
    const Step step = step_at(saved_, row, s_.units);
    const auto units = static_cast<std::size_t>(s_.units);
    for (auto& sums : sums_) sums.resize(units);
    for (std::size_t u = 0; u < units; ++u) {
      const float i = step.gate[input][u], f = step.gate[forget][u], n = step.gate[content][u],
                  o = step.gate[output][u], bent = std::tanh(step.cell[u]);
      sums_[output][u] = dh_[u] * bent * o * (1 - o);
      const bool clipped = op_.cell_clip > 0 && std::fabs(step.cell[u]) >= op_.cell_clip;
      const float dc = clipped ? 0 : dc_[u] + dh_[u] * o * (1 - bent * bent);
      sums_[input][u] = dc * n * i * (1 - i);
      sums_[forget][u] = dc * step.last_cell[u] * f * (1 - f);
      sums_[content][u] = dc * i * (1 - n * n);
      dc_[u] = dc * f;
    }
    dh_.assign(units, 0);
    for (int g = 0; g < kGates; ++g) {
      const std::vector<float>& sums = sums_[static_cast<std::size_t>(g)];
      add_vector(sums, to_[kBias + g]);
      add_outer_product(sums, x_[kInput].as<float>().data() + row * s_.inputs, to_[kWeights + g]);
      add_outer_product(sums, step.last.data(), to_[kRecurrent + g]);
      add_transposed_product(x_[kWeights + g].as<float>(), sums, to_[kInput].data() + row * s_.inputs);
      add_transposed_product(x_[kRecurrent + g].as<float>(), sums, dh_.data());
    }
  }

  const UnidirectionalSequenceLstm& op_;
  Sizes s_;
  Inputs x_;
  std::span<const float> dy_;
  std::span<float> saved_;
  GradientSums to_;
  std::vector<float> dh_, dc_;
  std::array<std::vector<float>, kGates> sums_;  // dL / d(W x + R h + b)
};

}  // namespace

void run_float_lstm(const UnidirectionalSequenceLstm& op, Inputs x, Outputs y) {
  std::vector<float> one_step(static_cast<std::size_t>(x[kWeights].shape()[0] * kSavedVectors));
  run_all(op, x, y, one_step, false);
}

std::int64_t lstm_saved_bytes(const UnidirectionalSequenceLstm& op, Types in) {
  const Sizes s = sizes(op, in[kInput].shape(), in[kWeights].shape());
  return product_of({s.batches, s.steps, s.units, kSavedVectors, sizeof(float)});
}

void run_float_lstm_training(const UnidirectionalSequenceLstm& op, Inputs x, Outputs y, TrainingState s) {
  run_all(op, x, y, floats_of(s), true);
}

void differentiate_float_lstm(const UnidirectionalSequenceLstm& op, Inputs x, Inputs dy, Outputs dx, TrainingState s) {
  Backward(op, x, dy, dx, s).run();
}

}  // namespace mirim
