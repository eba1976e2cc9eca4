#include "mirim/ops/gelu.hpp"

#include <cmath>
#include <numbers>

#include "mirim/ops/all.hpp"
#include "mirim/ops/elementwise_unary_loops.hpp"
#include "mirim/ops/int16_unary.hpp"
#include "mirim/ops/int8_table.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

constexpr float kSqrtHalf = std::numbers::sqrt2_v<float> / 2;
constexpr float kCubic = 0.044715F;
const float kSqrtTwoOverPi = std::sqrt(2 * std::numbers::inv_pi_v<float>);

float gelu(float x) { return 0.5F * x * (1 + std::erf(x * kSqrtHalf)); }

// P(normal <= x) + x times the normal's density
float gelu_slope(float x) {
  const float density = std::exp(-0.5F * x * x) * kSqrtTwoOverPi / 2;
  return 0.5F * (1 + std::erf(x * kSqrtHalf)) + x * density;
}

float approximation(float x) { return 0.5F * x * (1 + std::tanh(kSqrtTwoOverPi * (x + kCubic * x * x * x))); }

float approximation_slope(float x) {
  const float t = std::tanh(kSqrtTwoOverPi * (x + kCubic * x * x * x));
  return 0.5F * (1 + t) + 0.5F * x * (1 - t * t) * kSqrtTwoOverPi * (1 + 3 * kCubic * x * x);
}

}  // namespace

std::vector<TensorType> Gelu::infer(Types in) const { return infer_unary(name, in, kAllActivations); }

Cost Gelu::cost(Types in) const { return cost_unary(name, in, kAllActivations); }

void Gelu::forward(Inputs inputs, Outputs outputs) const {
  if (inputs[0].dtype() != DType::float32) return forward_lowered(*this, inputs, outputs);
  forward_unary(inputs, outputs, approximate ? approximation : gelu);
}

void Gelu::backward(Inputs inputs, Inputs outputs, Inputs dy, Outputs dx, TrainingState) const {
  const auto slope = approximate ? approximation_slope : gelu_slope;
  backward_unary(inputs, outputs, dy, dx, [slope](float x, float) { return slope(x); });
}

QuantizationRule Gelu::quantization(Types) const { return {}; }

KernelCall Gelu::lower(Types in, Types out) const {
  if (in[0].dtype() == DType::float32) {
    return approximate ? lower_numbers<micro::unary::GeluTanh, float>(name, "GeluTanh", in)
                       : lower_numbers<micro::unary::Gelu, float>(name, "Gelu", in);
  }
  if (in[0].dtype() == DType::int16) return lower_table_int16(name, in, out, approximate ? approximation : gelu);
  const PerTensor input = as_int8(name, "input", in[0]), output = as_int8(name, "output", out[0]);
  return lower_table(name, in, out, float_table(input, output, approximate ? approximation : gelu));
}

int Gelu::tflite_version(Types in, Types) const {
  return in[0].dtype() == DType::int8 || in[0].dtype() == DType::int16 ? 2 : 1;
}

void Gelu::options(Options& o) { o.field(0, "approximate", approximate, false); }

template <>
Op default_op<Gelu>() {
  return Gelu{};
}

}  // namespace mirim
