#include "mirim/ops/gru.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>

#include "mirim/base/error.hpp"
#include "mirim/micro/gru.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/recurrent.hpp"
#include "mirim/ops/recurrent_sums.hpp"

namespace mirim {
namespace {

using namespace gru;
enum Gate { update, reset, candidate };
constexpr std::string_view kName = Gru::name;

struct Sizes {
  std::int64_t batches, steps, inputs, units;

  std::int64_t rows() const { return product_of({batches, steps}); }
};

Sizes sizes(const Gru& op, const Shape& x, const Shape& recurrent) {
  return {
      .batches = x[op.time_major ? 1 : 0], .steps = x[op.time_major ? 0 : 1], .inputs = x[2], .units = recurrent[0]};
}

std::int64_t row_of(const Gru& op, const Sizes& s, std::int64_t batch, std::int64_t step) {
  return op.time_major ? step * s.batches + batch : batch * s.steps + step;
}

void require_shape(Types in, int i, const Shape& expected) {
  require_dtype(kName, in, i, {DType::float32});
  if (in[i].shape() != expected) fail("{}: {}, expected {}", kName, describe_input(in, i), to_string(expected));
}

float logistic(float v) { return 1 / (1 + std::exp(-v)); }

/// What a step leaves for its derivative.
struct Step {
  std::span<float> z, r, n;
  std::span<float> product;  // R h + c of the candidate, or with reset_after = false r * h
  std::span<float> last;     // h before the step
};
constexpr std::int64_t kSavedVectors = 5;

Step step_at(std::span<float> saved, std::int64_t index, std::int64_t units) {
  const auto size = static_cast<std::size_t>(units);
  const auto vector = [&](std::size_t i) {
    return saved.subspan((static_cast<std::size_t>(index * kSavedVectors) + i) * size, size);
  };
  return {vector(0), vector(1), vector(2), vector(3), vector(4)};
}

// Makes the gates of a step from x and `step.last`, and the next output.
void run_step(const Gru& op, Inputs x, const float* input, const Step& step, std::span<float> next) {
  const auto weights = [&](int first, Gate gate) { return x[first + gate].as<float>(); };
  const auto begin = [&](Gate gate, std::span<float> sums) {
    const auto bias = weights(kBias, gate);
    std::ranges::copy(bias, sums.begin());
    add_product(weights(kWeights, gate), input, sums);
  };
  for (const Gate gate : {update, reset}) {
    const std::span<float> sums = gate == update ? step.z : step.r;
    begin(gate, sums);
    add_product(weights(kRecurrent, gate), step.last.data(), sums);
    std::ranges::transform(sums, sums.begin(), logistic);
  }
  begin(candidate, step.n);
  if (op.reset_after) {
    if (x.has(kRecurrentBias)) {
      std::ranges::copy(x[kRecurrentBias].as<float>(), step.product.begin());
    } else {
      std::ranges::fill(step.product, 0.0F);
    }
    add_product(weights(kRecurrent, candidate), step.last.data(), step.product);
    for (std::size_t u = 0; u < next.size(); ++u) step.n[u] += step.r[u] * step.product[u];
  } else {
    std::ranges::transform(step.r, step.last, step.product.begin(), std::multiplies<float>());
    add_product(weights(kRecurrent, candidate), step.product.data(), step.n);
  }
  for (std::size_t u = 0; u < next.size(); ++u) {
    step.n[u] = std::tanh(step.n[u]);
    next[u] = step.z[u] * step.last[u] + (1 - step.z[u]) * step.n[u];
  }
}

// `saved` has room for all steps of all batches, or for one.
void run_all(const Gru& op, Inputs x, Outputs y, std::span<float> saved, bool keeps_all) {
  const Sizes s = sizes(op, x[kInput].shape(), x[kRecurrent].shape());
  const auto units = static_cast<std::size_t>(s.units);
  std::vector<float> state(units);
  for (std::int64_t b = 0; b < s.batches; ++b) {
    const bool kept = x.has(kState);
    const auto variable =
        kept ? y[1].as<float>().subspan(static_cast<std::size_t>(b) * units, units) : std::span<float>{};
    if (kept) {
      std::ranges::copy(variable, state.begin());
    } else {
      std::ranges::fill(state, 0.0F);
    }
    for (std::int64_t t = 0; t < s.steps; ++t) {
      const std::int64_t row = row_of(op, s, b, t);
      const Step step = step_at(saved, keeps_all ? row : 0, s.units);
      std::ranges::copy(state, step.last.begin());
      run_step(op, x, x[kInput].as<float>().data() + row * s.inputs, step, state);
      const auto to = static_cast<std::size_t>(op.last_only ? b : row) * units;
      std::ranges::copy(state, y[0].as<float>().begin() + static_cast<std::ptrdiff_t>(to));
    }
    std::ranges::copy(kept ? state : std::vector<float>{}, variable.begin());
  }
}

/// Adds up the derivatives of all inputs.
class Backward {
 public:
  Backward(const Gru& op, Inputs x, Inputs dy, Outputs dx, TrainingState saved)
      : op_(op),
        s_(sizes(op, x[kInput].shape(), x[kRecurrent].shape())),
        x_(x),
        dy_(dy[0].as<float>()),
        saved_(floats_of(saved)),
        to_(x, dx) {}

  void run() {
    const auto units = static_cast<std::size_t>(s_.units);
    for (std::int64_t b = 0; b < s_.batches; ++b) {
      above_.assign(units, 0);
      for (std::int64_t t = s_.steps; t-- > 0;) {
        const std::int64_t row = row_of(op_, s_, b, t);
        const std::int64_t from = op_.last_only ? b : row;
        for (std::size_t u = 0; u < units && (!op_.last_only || t == s_.steps - 1); ++u) {
          above_[u] += dy_[static_cast<std::size_t>(from) * units + u];
        }
        run_step(row);
      }
      if (x_.has(kState)) add_vector(above_, to(kState).subspan(static_cast<std::size_t>(b) * units, units));
    }
  }

 private:
  std::span<float> to(int input) { return to_[input]; }
  std::span<const float> weights(int first, Gate gate) { return x_[first + gate].as<float>(); }

  // From dL/dh after the step, `above_`, to that before it.
  void run_step(std::int64_t row) {
    const Step step = step_at(saved_, row, s_.units);
    const auto units = static_cast<std::size_t>(s_.units);
    below_.assign(units, 0);
    inner_.assign(units, 0);  // of the candidate's product, or of r * h
    for (auto& sums : sums_) sums.assign(units, 0);
    for (std::size_t u = 0; u < units; ++u) {
      const float z = step.z[u], n = step.n[u];
      below_[u] = above_[u] * z;
      sums_[update][u] = above_[u] * (step.last[u] - n) * z * (1 - z);
      sums_[candidate][u] = above_[u] * (1 - z) * (1 - n * n);
    }
    if (op_.reset_after) {
      for (std::size_t u = 0; u < units; ++u) {
        inner_[u] = sums_[candidate][u] * step.r[u];
        set_reset(u, step, sums_[candidate][u] * step.product[u]);
      }
      add_outer_product(inner_, step.last.data(), to(kRecurrent + candidate));
      add_transposed_product(weights(kRecurrent, candidate), inner_, below_.data());
      if (x_.has(kRecurrentBias)) add_vector(inner_, to(kRecurrentBias));
    } else {
      add_outer_product(sums_[candidate], step.product.data(), to(kRecurrent + candidate));
      add_transposed_product(weights(kRecurrent, candidate), sums_[candidate], inner_.data());
      for (std::size_t u = 0; u < units; ++u) {
        set_reset(u, step, inner_[u] * step.last[u]);
        below_[u] += inner_[u] * step.r[u];
      }
    }
    for (const Gate gate : {update, reset}) {
      add_outer_product(sums_[gate], step.last.data(), to(kRecurrent + gate));
      add_transposed_product(weights(kRecurrent, gate), sums_[gate], below_.data());
    }
    for (const Gate gate : {update, reset, candidate}) {
      add_vector(sums_[gate], to(kBias + gate));
      add_outer_product(sums_[gate], x_[kInput].as<float>().data() + row * s_.inputs, to(kWeights + gate));
      add_transposed_product(weights(kWeights, gate), sums_[gate], to(kInput).data() + row * s_.inputs);
    }
    std::swap(above_, below_);
  }

  void set_reset(std::size_t u, const Step& step, float dr) { sums_[reset][u] = dr * step.r[u] * (1 - step.r[u]); }

  const Gru& op_;
  Sizes s_;
  Inputs x_;
  std::span<const float> dy_;
  std::span<float> saved_;
  GradientSums to_;
  std::vector<float> above_, below_, inner_;
  std::array<std::vector<float>, kGates> sums_;  // dL / d(W x + R h + b)
};

}  // namespace

std::vector<TensorType> Gru::infer(Types in) const {
  require_inputs(name, in, kRecurrentBias, kOperands);
  require_rank(name, in, kInput, 3);
  require_rank(name, in, kRecurrent, 2);
  require_dtype(name, in, kInput, {DType::float32});
  const Sizes s = sizes(*this, in[kInput].shape(), in[kRecurrent].shape());
  for (int g = 0; g < kGates; ++g) {
    require_shape(in, kWeights + g, {s.units, s.inputs});
    require_shape(in, kRecurrent + g, {s.units, s.units});
    require_shape(in, kBias + g, {s.units});
  }
  if (in.has(kRecurrentBias)) {
    if (!reset_after) fail("{}: has a recurrent bias, which only reset_after knows", name);
    require_shape(in, kRecurrentBias, {s.units});
  }
  if (in.has(kState)) require_shape(in, kState, {s.batches, s.units});
  if (last_only && s.steps < 1) fail("{}: the sequence has no steps, so there is no last output", name);
  const Shape& x = in[kInput].shape();
  return {{DType::float32, last_only ? Shape{s.batches, s.units} : Shape{x[0], x[1], s.units}}};
}

Cost Gru::cost(Types in) const {
  infer(in);
  const Sizes s = sizes(*this, in[kInput].shape(), in[kRecurrent].shape());
  const std::int64_t results = product_of({s.rows(), s.units});
  constexpr std::int64_t kAround = 3 + 4 + 3;  // per result: functions, additions, products
  return {.macs = product_of({results, kGates, s.inputs + s.units}), .operations = product_of({results, kAround})};
}

std::vector<int> Gru::variables(Types in) const {
  return in.has(kState) ? std::vector<int>{kState} : std::vector<int>{};
}

void Gru::forward(Inputs x, Outputs y) const {
  const auto units = static_cast<std::size_t>(x[kRecurrent].shape()[0]);
  std::vector<float> one_step(units * kSavedVectors);
  run_all(*this, x, y, one_step, false);
}

std::int64_t Gru::saved_bytes(Types in) const {
  const Sizes s = sizes(*this, in[kInput].shape(), in[kRecurrent].shape());
  return product_of({s.rows(), s.units, kSavedVectors, sizeof(float)});
}

void Gru::forward_training(Inputs x, Outputs y, TrainingState s) const { run_all(*this, x, y, floats_of(s), true); }

void Gru::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState s) const {
  Backward(*this, x, dy, dx, s).run();
}

KernelCall Gru::lower(Types in, Types) const {
  for (int i = kWeights; i < kState; ++i) {
    if (in.has(i) && !in[i].is_constant()) fail("{}: {} is no constant", name, describe_input(in, i));
  }
  const Sizes s = sizes(*this, in[kInput].shape(), in[kRecurrent].shape());
  const micro::GruParams params{.batches = device_int(name, s.batches),
                                .steps = device_int(name, s.steps),
                                .inputs = device_int(name, s.inputs),
                                .units = device_int(name, s.units),
                                .time_major = time_major ? 1 : 0,
                                .last_only = last_only ? 1 : 0,
                                .reset_after = reset_after ? 1 : 0};
  const bool kept = in.has(kState);
  KernelCall call =
      kept ? make_kernel_call("mirim/micro/gru.hpp", "gru_with_state", "GruParams", &micro::gru_with_state, params,
                              {kernel_input(kInput), kernel_constant(0), kernel_constant(1), kernel_constant(2),
                               kernel_variable(kState), kernel_scratch(), kernel_output(0)})
           : make_kernel_call("mirim/micro/gru.hpp", "gru", "GruParams", &micro::gru, params,
                              {kernel_input(kInput), kernel_constant(0), kernel_constant(1), kernel_constant(2),
                               kernel_scratch(), kernel_output(0)});
  std::vector<float> bias;
  for (std::size_t u = 0; u < static_cast<std::size_t>(s.units); ++u) {
    for (int g = 0; g < kGates; ++g) bias.push_back(in[kBias + g].values<float>()[u]);
    bias.push_back(in.has(kRecurrentBias) ? in[kRecurrentBias].values<float>()[u] : 0);
  }
  call.constants = {make_kernel_constant("weights", rows_by_unit<float>(in, kWeights, kGates, s.units, s.inputs)),
                    make_kernel_constant("recurrent", rows_by_unit<float>(in, kRecurrent, kGates, s.units, s.units)),
                    make_kernel_constant("bias", bias)};
  call.scratch_bytes = ((kept ? 0 : 1) + (reset_after ? 0 : 1)) * s.units * static_cast<std::int64_t>(sizeof(float));
  return call;
}

void Gru::options(Options& o) {
  o.field(0, "reset_after", reset_after, true);
  o.field(1, "time_major", time_major, false);
  o.field(2, "last_only", last_only, false);
}

template <>
Op default_op<Gru>() {
  return Gru{};
}

}  // namespace mirim
