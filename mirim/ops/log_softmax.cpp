#include "mirim/ops/log_softmax.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/log_softmax.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr float kOutputScale = 1.0F / 16;

}  // namespace

std::vector<TensorType> LogSoftmax::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::uint8});
  if (in[0].shape().rank() < 1) fail("{}: {}, expected at least 1 dimension", name, describe_input(in, 0));
  return {*in[0].type};
}

Cost LogSoftmax::cost(Types in) const {
  const auto out = infer(in);
  // Maximum, difference, exponential, sum and difference.
  return {.operations = 5 * out[0].shape.elements()};
}

void LogSoftmax::forward(Inputs x, Outputs y) const {
  if (x[0].dtype() != DType::float32) return forward_lowered(*this, x, y);
  const auto classes = static_cast<std::size_t>(x[0].shape().back());
  const auto input = x[0].as<float>();
  const auto output = y[0].as<float>();
  for (std::size_t row = 0; row < input.size(); row += classes) {
    const auto from = input.subspan(row, classes);
    const float largest = *std::max_element(from.begin(), from.end());
    float sum = 0;
    for (const float value : from) sum += std::exp(value - largest);
    const float log_sum = std::log(sum);
    for (std::size_t c = 0; c < classes; ++c) output[row + c] = from[c] - largest - log_sum;
  }
}

// dL/dx[c] = dy[c] - exp(y[c]) * sum over k of dy[k]
void LogSoftmax::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const auto classes = static_cast<std::size_t>(x[0].shape().back());
  const auto output = y[0].as<float>(), above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  for (std::size_t row = 0; row < output.size(); row += classes) {
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) sum += above[row + c];
    for (std::size_t c = 0; c < classes; ++c) below[row + c] = above[row + c] - std::exp(output[row + c]) * sum;
  }
}

QuantizationRule LogSoftmax::quantization(Types) const {
  return {.output = Quantization{.scale = {kOutputScale}, .zero_point = {127}}};
}

KernelCall LogSoftmax::lower(Types in, Types out) const {
  const std::int64_t depth = in[0].shape().back();
  const std::int32_t rows = device_int(name, depth == 0 ? 0 : in[0].shape().elements() / depth);
  device_int(name, in[0].type->bytes());
  if (in[0].dtype() == DType::float32) {
    KernelCall call = make_kernel_call("mirim/micro/log_softmax.hpp", "log_softmax_float", "LogSoftmaxFloatParams",
                                       &micro::log_softmax_float, {.rows = rows, .depth = device_int(name, depth)},
                                       {kernel_input(0), kernel_output(0)});
    call.may_overwrite = {0};
    return call;
  }
  require_one_type(name, in, out, 0, 0, {DType::int8, DType::uint8});
  const PerTensor input = per_tensor(name, "input", in[0]), output = per_tensor(name, "output", out[0]);
  const std::int32_t largest = integer_range(in[0].dtype()).max;
  if (output != PerTensor{kOutputScale, largest}) {
    fail("{}: the output has scale {} and zero point {}, expected 1/16 and {}", name, output.scale, output.zero_point,
         largest);
  }
  // A sum of 4096 or more exponentials of 1 would overflow its 12 integer bits.
  if (depth >= 4096) fail("{}: {} classes, the device kernel adds up fewer than 4096", name, depth);
  // Differences become Q5.
  constexpr int kIntegerBits = 5;
  const double real = std::min(static_cast<double>(input.scale) * (1 << (31 - kIntegerBits)), 0x1p30 - 1);
  if (!(real > 1)) fail("{}: the input's scale {} is too small for fixed point", name, input.scale);
  const QuantizedMultiplier q = quantize_multiplier(real);
  const QuantizedMultiplier reverse = quantize_multiplier(std::ldexp(1.0, 31 - q.shift) / q.multiplier);
  const micro::LogSoftmaxParams params{
      .rows = rows,
      .depth = device_int(name, depth),
      .multiplier = q.multiplier,
      .left_shift = q.shift,
      .difference_min = -input_radius(kIntegerBits, q.shift),
      .reverse_multiplier = reverse.multiplier,
      .reverse_shift = reverse.shift,
  };
  const auto call_of = [&](auto kernel) {
    return make_kernel_call("mirim/micro/log_softmax.hpp", "log_softmax", "LogSoftmaxParams", kernel, params,
                            {kernel_input(0), kernel_output(0)});
  };
  KernelCall call = in[0].dtype() == DType::int8 ? call_of(&micro::log_softmax<std::int8_t>)
                                                 : call_of(&micro::log_softmax<std::uint8_t>);
  call.may_overwrite = {0};
  return call;
}

int LogSoftmax::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 ? 2 : 1; }

template <>
Op default_op<LogSoftmax>() {
  return LogSoftmax{};
}

}  // namespace mirim
