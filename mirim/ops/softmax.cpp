#include "mirim/ops/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/softmax.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

struct Rows {
  std::int32_t count, depth;
};

// `scale` is beta times the input's.
KernelCall lower_8_bits(DType from, DType to, const Rows& rows, double scale) {
  if (to == DType::int16 && rows.depth >= 8192) {
    fail("{}: {} classes, the device kernel adds up fewer than 8192", Softmax::name, rows.depth);
  }
  // Differences become Q5. At the limit one step is exp(-16), too small for any output, so larger scales give the same
  // bits.
  constexpr int kIntegerBits = 5;
  const double real = std::min(scale * (1 << (31 - kIntegerBits)), static_cast<double>((1 << 30) - 1));
  if (!(real > 1)) fail("{}: beta times the input's scale is {}, too small for fixed point", Softmax::name, scale);
  const QuantizedMultiplier q = quantize_multiplier(real);
  const micro::SoftmaxParams params{
      .rows = rows.count,
      .depth = rows.depth,
      .multiplier = q.multiplier,
      .left_shift = q.shift,
      .difference_min = -input_radius(kIntegerBits, q.shift),
  };
  const auto call_of = [&](auto kernel) {
    return make_kernel_call("mirim/micro/softmax.hpp", "softmax", "SoftmaxParams", kernel, params,
                            {kernel_input(0), kernel_output(0)});
  };
  if (from == DType::uint8) return call_of(&micro::softmax<std::uint8_t, std::uint8_t>);
  return to == DType::int8 ? call_of(&micro::softmax<std::int8_t, std::int8_t>)
                           : call_of(&micro::softmax<std::int8_t, std::int16_t>);
}

// f at 512 steps of [low, high] and at its end, in Q15, each shifted by half of the error that linear interpolation to
// the next one has in the middle. All in floats, as in TFLite.
template <class F>
std::vector<std::int16_t> samples(float low, float high, F f) {
  constexpr int kSteps = 512;
  constexpr float kOne = 32768;
  const float step = (high - low) / kSteps;
  const auto at = [&](int i) { return f(low + static_cast<float>(i) * step) * kOne; };
  const auto clamped = [](float y) { return static_cast<std::int16_t>(std::clamp(y, -kOne, kOne - 1)); };
  std::vector<std::int16_t> result;
  for (int i = 0; i < kSteps; ++i) {
    const float y = std::round(at(i));
    const float middle = std::round(f(low + static_cast<float>(i) * step + step / 2) * kOne);
    const float line = std::round((at(i + 1) + y) / 2);
    result.push_back(clamped(y - std::round((line - middle) / 2)));
  }
  result.push_back(clamped(std::round(f(high) * kOne)));
  return result;
}

KernelCall lower_floats(const Rows& rows, float beta) {
  return make_kernel_call("mirim/micro/softmax.hpp", "softmax_float", "SoftmaxFloatParams", &micro::softmax_float,
                          {.rows = rows.count, .depth = rows.depth, .beta = beta}, {kernel_input(0), kernel_output(0)});
}

// quantize_multiplier without its limit. Of a larger shift to the left the kernels of TFLite keep the lowest five bits,
// as processors do: files with a mask near the lowest float have an input scale of 1e33, and answers by this.
QuantizedMultiplier any_multiplier(double real) {
  int shift = 0;
  const double fraction = std::frexp(real, &shift);
  if (shift <= 30) return quantize_multiplier(real);
  const auto fixed = static_cast<std::int64_t>(std::round(fraction * (std::int64_t{1} << 31)));
  const bool carries = std::abs(fixed) == std::int64_t{1} << 31;
  return {static_cast<std::int32_t>(carries ? fixed / 2 : fixed), (shift + (carries ? 1 : 0)) & 31};
}

KernelCall lower_int16(const Rows& rows, double scale) {
  if (rows.depth >= 65536)
    fail("{}: {} classes, the device kernel adds up fewer than 65536", Softmax::name, rows.depth);
  const QuantizedMultiplier q = any_multiplier(scale / (10.0 / 65535.0));
  const micro::SoftmaxInt16Params params{
      .rows = rows.count, .depth = rows.depth, .multiplier = q.multiplier, .shift = q.shift};
  KernelCall call =
      make_kernel_call("mirim/micro/softmax.hpp", "softmax_int16", "SoftmaxInt16Params", &micro::softmax_int16, params,
                       {kernel_input(0), kernel_constant(0), kernel_constant(1), kernel_output(0)});
  call.constants = {
      make_kernel_constant("exp", samples(-10, 0, [](float x) { return std::exp(x); })),
      make_kernel_constant("reciprocal", samples(0, 1, [](float x) { return 1 / (1 + x); })),
  };
  return call;
}

}  // namespace

std::vector<TensorType> Softmax::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::uint8, DType::int16});
  if (in[0].shape().rank() < 1) fail("{}: {}, expected at least 1 dimension", name, describe_input(in, 0));
  const bool widens = to_int16 && in[0].dtype() == DType::int8;
  return {{widens ? DType::int16 : in[0].dtype(), in[0].shape()}};
}

Cost Softmax::cost(Types in) const {
  const auto out = infer(in);
  // Maximum, difference, exponential, sum and quotient.
  return {.operations = 5 * out[0].shape.elements()};
}

void Softmax::forward(Inputs x, Outputs y) const {
  if (x[0].dtype() != DType::float32) return forward_lowered(*this, x, y);
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
  return {.output = Quantization{.scale = {1.0F / 256}, .zero_point = {-128}}};
}

KernelCall Softmax::lower(Types in, Types out) const {
  const DType dtype = in[0].dtype(), to = out[0].dtype();
  const bool widens = dtype == DType::int8 && to == DType::int16;
  if (!widens) require_one_type(name, in, out, 0, 0, {DType::float32, DType::int8, DType::uint8, DType::int16});
  const std::int64_t depth = in[0].shape().back();
  const Rows rows{device_int(name, depth > 0 ? in[0].shape().elements() / depth : 0), device_int(name, depth)};
  KernelCall call;
  if (dtype == DType::float32) {
    call = lower_floats(rows, beta);
  } else {
    const PerTensor input = per_tensor(name, "input", in[0]), output = per_tensor(name, "output", out[0]);
    const PerTensor expected = widens                  ? PerTensor{1.0F / 65536, -32768}
                               : dtype == DType::int16 ? PerTensor{1.0F / 32768, 0}
                               : dtype == DType::int8  ? PerTensor{1.0F / 256, -128}
                                                       : PerTensor{1.0F / 256, 0};
    if (std::fabs(output.scale - expected.scale) > 1e-3F * expected.scale || output.zero_point != expected.zero_point) {
      fail("{}: the output has scale {} and zero point {}, an {} softmax has {} and {}", name, output.scale,
           output.zero_point, mirim::name(to), expected.scale, expected.zero_point);
    }
    const double scale = static_cast<double>(beta) * static_cast<double>(input.scale);
    call = dtype == DType::int16 ? lower_int16(rows, scale) : lower_8_bits(dtype, to, rows, scale);
  }
  if (!widens) call.may_overwrite = {0};
  return call;
}

int Softmax::tflite_version(Types in, Types) const {
  if (in[0].dtype() == DType::int16) return 3;
  return in[0].dtype() == DType::int8 ? 2 : 1;
}

void Softmax::options(Options& o) {
  o.field(0, "beta", beta, 0.0F);
  DType to = to_int16 ? DType::int16 : DType::int8;
  o.field(kOutputType, "to", to, DType::int8);
  to_int16 = to == DType::int16;
}

template <>
Op default_op<Softmax>() {
  return Softmax{};
}

}  // namespace mirim
