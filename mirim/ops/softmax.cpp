#include "mirim/ops/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/softmax.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

std::vector<TensorType> Softmax::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int8});
  if (in[0].shape().rank() < 1) fail("{}: {}, expected at least 1 dimension", name, describe_input(in, 0));
  return {*in[0].type};
}

Cost Softmax::cost(Types in) const {
  const auto out = infer(in);
  // Maximum, difference, exponential, sum and quotient.
  return {.operations = 5 * out[0].shape.elements(), .bytes_moved = bytes_moved(in, out)};
}

void Softmax::forward(Inputs x, Outputs y) const {
  if (x[0].dtype() == DType::int8) return forward_lowered(*this, x, y);
  const auto classes = static_cast<std::size_t>(x[0].shape().back());
  const auto input = x[0].as<float>();
  const auto output = y[0].as<float>();
  for (std::size_t row = 0; row < input.size(); row += classes) {
    const auto from = input.subspan(row, classes);
    const float largest = *std::max_element(from.begin(), from.end());
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      output[row + c] = std::exp((from[c] - largest) * beta);
      sum += output[row + c];
    }
    for (std::size_t c = 0; c < classes; ++c) output[row + c] /= sum;
  }
}

// dL/dx[c] = beta * y[c] * (dy[c] - sum over k of dy[k] * y[k])
void Softmax::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const auto classes = static_cast<std::size_t>(x[0].shape().back());
  const auto output = y[0].as<float>(), above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  for (std::size_t row = 0; row < output.size(); row += classes) {
    float dot = 0;
    for (std::size_t c = 0; c < classes; ++c) dot += above[row + c] * output[row + c];
    for (std::size_t c = 0; c < classes; ++c) below[row + c] = beta * output[row + c] * (above[row + c] - dot);
  }
}

QuantizationRule Softmax::quantization(Types) const {
  return {.inputs = {{}}, .output = Quantization{.scale = {1.0F / 256}, .zero_point = {-128}}};
}

KernelCall Softmax::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 0);
  const PerTensor input = per_tensor(name, "input", in[0]), output = per_tensor(name, "output", out[0]);
  if (output != PerTensor{1.0F / 256, -128}) {
    fail("{}: the output has scale {} and zero point {}, an int8 softmax has 1/256 and -128", name, output.scale,
         output.zero_point);
  }
  const std::int64_t depth = in[0].shape().back();
  // A sum of 4096 or more exponentials of 1 would leave its 12 integer bits.
  if (depth >= 4096) fail("{}: {} classes, the device kernel adds up fewer than 4096", name, depth);
  // Differences become Q5. At the cap one step is exp(-16), which no output shows, so larger ones give the same bits.
  constexpr int kIntegerBits = 5;
  const double real =
      std::min(static_cast<double>(beta) * static_cast<double>(input.scale) * (1 << (31 - kIntegerBits)),
               static_cast<double>((1 << 30) - 1));
  if (!(real > 1)) fail("{}: beta {} times the input's scale {} is too small for fixed point", name, beta, input.scale);
  const QuantizedMultiplier q = quantize_multiplier(real);
  const micro::SoftmaxParams params{
      .rows = device_int(name, depth > 0 ? in[0].shape().elements() / depth : 0),
      .depth = device_int(name, depth),
      .multiplier = q.multiplier,
      .left_shift = q.shift,
      .difference_min = -input_radius(kIntegerBits, q.shift),
  };
  KernelCall call = make_kernel_call("mirim/micro/softmax.hpp", "softmax", "SoftmaxParams", &micro::softmax, params,
                                     {kernel_input(0), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

int Softmax::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 ? 2 : 1; }

void Softmax::options(Options& o) { o.field(0, "beta", beta, 0.0F); }

template <>
Op default_op<Softmax>() {
  return Softmax{};
}

}  // namespace mirim
