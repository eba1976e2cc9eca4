#include "mirim/ops/unidirectional_sequence_rnn.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/unidirectional_sequence_rnn.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/recurrent_sums.hpp"

namespace mirim {
namespace {

using namespace rnn;
constexpr std::string_view kName = UnidirectionalSequenceRnn::name;

struct Sizes {
  std::int64_t batches, steps, inputs, units;
};

Sizes sizes(const Shape& x, const Shape& weights, bool time_major) {
  return {.batches = x[time_major ? 1 : 0], .steps = x[time_major ? 0 : 1], .inputs = x[2], .units = weights[0]};
}

void require_shape(Types in, int i, const Shape& expected) {
  if (in[i].shape() != expected) fail("{}: {}, expected {}", kName, describe_input(in, i), to_string(expected));
}

std::int64_t row_of(const Sizes& s, std::int64_t batch, std::int64_t step, bool time_major) {
  return time_major ? step * s.batches + batch : batch * s.steps + step;
}

float dot(std::span<const float> matrix, std::int64_t row, const float* vector, std::int64_t size) {
  const float* weights = matrix.data() + row * size;
  float sum = 0;
  for (std::int64_t i = 0; i < size; ++i) sum += weights[i] * vector[i];
  return sum;
}

}  // namespace

std::vector<TensorType> UnidirectionalSequenceRnn::infer(Types in) const {
  require_inputs(name, in, kOperands);
  if (in[kWeights].dtype() == DType::int8) {
    fail_unsupported("{}: the weights are int8 while the input is float32 (a dynamic-range file), expected float32",
                     name);
  }
  for (int i = 0; i < kOperands; ++i) require_dtype(name, in, i, {DType::float32});
  require_rank(name, in, kInput, 3);
  require_rank(name, in, kWeights, 2);
  if (activation != Activation::tanh) activation_range(name, activation);
  const Sizes s = sizes(in[kInput].shape(), in[kWeights].shape(), time_major);
  require_shape(in, kWeights, {s.units, s.inputs});
  require_shape(in, kRecurrent, {s.units, s.units});
  require_shape(in, kBias, {s.units});
  require_shape(in, kState, {s.batches, s.units});
  const Shape& x = in[kInput].shape();
  return {{DType::float32, {x[0], x[1], s.units}}};
}

Cost UnidirectionalSequenceRnn::cost(Types in) const {
  infer(in);
  const Sizes s = sizes(in[kInput].shape(), in[kWeights].shape(), time_major);
  const std::int64_t results = product_of({s.batches, s.steps, s.units});
  constexpr std::int64_t kAround = 2 + 1;  // per result: additions, the activation
  return {.macs = product_of({results, s.inputs + s.units}), .operations = product_of({results, kAround})};
}

std::vector<int> UnidirectionalSequenceRnn::variables(Types) const { return {kState}; }

void UnidirectionalSequenceRnn::forward(Inputs x, Outputs y) const {
  const Sizes s = sizes(x[kInput].shape(), x[kWeights].shape(), time_major);
  const bool bends = activation == Activation::tanh;
  const ActivationRange range = activation_range(name, bends ? Activation::none : activation);
  float* state = y[1].as<float>().data();
  for (std::int64_t b = 0; b < s.batches; ++b, state += s.units) {
    for (std::int64_t t = 0; t < s.steps; ++t) {
      const std::int64_t at = row_of(s, b, t, time_major);
      const float* from = x[kInput].as<float>().data() + at * s.inputs;
      float* to = y[0].as<float>().data() + at * s.units;
      for (std::int64_t u = 0; u < s.units; ++u) {
        const float sum = x[kBias].as<float>()[static_cast<std::size_t>(u)] +
                          dot(x[kWeights].as<float>(), u, from, s.inputs) +
                          dot(x[kRecurrent].as<float>(), u, state, s.units);
        to[u] = bends ? std::tanh(sum) : range.clamp(sum);
      }
      std::copy_n(to, s.units, state);  // only now, since every unit reads the whole last output
    }
  }
}

std::int64_t UnidirectionalSequenceRnn::saved_bytes(Types in) const {
  return product_of({in[kState].shape().elements(), sizeof(float)});
}

void UnidirectionalSequenceRnn::forward_training(Inputs x, Outputs y, TrainingState s) const {
  std::ranges::copy(y[1].as<float>(), floats_of(s).begin());  // what the first step begins with
  forward(x, y);
}

void UnidirectionalSequenceRnn::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState saved) const {
  const Sizes s = sizes(x[kInput].shape(), x[kWeights].shape(), time_major);
  const auto units = static_cast<std::size_t>(s.units);
  const bool bends = activation == Activation::tanh;
  const ActivationRange range = activation_range(name, bends ? Activation::none : activation);
  GradientSums to(x, dx);
  std::vector<float> above(units), sums(units);  // dL/dh after the step, and dL / d(W x + R h + b)
  for (std::int64_t b = 0; b < s.batches; ++b) {
    std::ranges::fill(above, 0.0F);
    for (std::int64_t t = s.steps; t-- > 0;) {
      const auto at = [&](std::int64_t step) { return static_cast<std::size_t>(row_of(s, b, step, time_major)); };
      const auto h = y[0].as<float>().subspan(at(t) * units, units);
      add_vector(dy[0].as<float>().subspan(at(t) * units, units), above);
      for (std::size_t u = 0; u < units; ++u) {
        sums[u] = above[u] * (bends ? 1 - h[u] * h[u] : range.slope(h[u]));
      }
      const float* from = x[kInput].as<float>().data() + static_cast<std::int64_t>(at(t)) * s.inputs;
      const float* last = t > 0 ? y[0].as<float>().data() + at(t - 1) * units
                                : floats_of(saved).data() + static_cast<std::size_t>(b) * units;
      add_vector(sums, to[kBias]);
      add_outer_product(sums, from, to[kWeights]);
      add_outer_product(sums, last, to[kRecurrent]);
      add_transposed_product(x[kWeights].as<float>(), sums,
                             to[kInput].data() + static_cast<std::int64_t>(at(t)) * s.inputs);
      std::ranges::fill(above, 0.0F);
      add_transposed_product(x[kRecurrent].as<float>(), sums, above.data());
    }
    add_vector(above, to[kState].subspan(static_cast<std::size_t>(b) * units, units));
  }
}

KernelCall UnidirectionalSequenceRnn::lower(Types in, Types) const {
  const Sizes s = sizes(in[kInput].shape(), in[kWeights].shape(), time_major);
  const bool bends = activation == Activation::tanh;
  const micro::UnidirectionalSequenceRnnParams params{.batches = device_int(name, s.batches),
                                                      .steps = device_int(name, s.steps),
                                                      .inputs = device_int(name, s.inputs),
                                                      .units = device_int(name, s.units),
                                                      .time_major = time_major ? 1 : 0,
                                                      .bends = bends ? 1 : 0};
  KernelCall call =
      make_kernel_call("mirim/micro/unidirectional_sequence_rnn.hpp", "unidirectional_sequence_rnn",
                       "UnidirectionalSequenceRnnParams", &micro::unidirectional_sequence_rnn, params,
                       {kernel_input(kInput), kernel_input(kWeights), kernel_input(kRecurrent), kernel_input(kBias),
                        kernel_constant(0), kernel_variable(kState), kernel_output(0)});
  call.constants = {activation_bounds(name, bends ? Activation::none : activation)};
  return call;
}

void UnidirectionalSequenceRnn::options(Options& o) {
  o.field(0, "time_major", time_major, false);
  o.field(1, "fused_activation_function", activation, Activation::none);
  o.field(2, "asymmetric_quantize_inputs", asymmetric_quantize_inputs, false);
}

template <>
Op default_op<UnidirectionalSequenceRnn>() {
  return UnidirectionalSequenceRnn{};
}

}  // namespace mirim
