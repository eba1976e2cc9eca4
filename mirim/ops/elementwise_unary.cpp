#include "mirim/ops/elementwise_unary.hpp"

#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/micro/elementwise_unary.hpp"
#include "mirim/ops/activation.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/elementwise_unary_loops.hpp"
#include "mirim/ops/int16_unary.hpp"
#include "mirim/ops/int8_table.hpp"

namespace mirim {
namespace {

// Klambauer et al., "Self-Normalizing Neural Networks", 2017.
constexpr float kSeluAlpha = 1.6732632423543772F;
constexpr float kSeluScale = 1.0507009873554805F;

float clamp(float x, float least, float most) { return ActivationRange{least, most}.clamp(x); }

float logistic(float x) { return 1 / (1 + std::exp(-x)); }

// log(1 + exp(x)) without overflow.
float softplus(float x) { return x > 0 ? x + std::log1p(std::exp(-x)) : std::log1p(std::exp(x)); }

// With t = tanh(softplus(x)): d(x t)/dx = t + x (1 - t^2) logistic(x).
float mish_slope(float x) {
  const float t = std::tanh(softplus(x));
  return t + x * (1 - t * t) * logistic(x);
}

// The int8 table of an operator, from its row's f unless TFLite computes it in integers or rounds otherwise.
template <class F>
Int8Table int8_table(const auto&, const PerTensor& in, const PerTensor& out, F f) {
  return float_table(in, out, f);
}
Int8Table int8_table(const Relu&, const PerTensor& in, const PerTensor& out, auto) { return relu_table(in, out); }
Int8Table int8_table(const Relu6& op, const PerTensor& in, const PerTensor& out, auto) {
  return clamp_table(op.name, in, out, Activation::relu6);
}
Int8Table int8_table(const ReluN1To1& op, const PerTensor& in, const PerTensor& out, auto) {
  return clamp_table(op.name, in, out, Activation::relu_n1_to_1);
}
Int8Table int8_table(const Relu0To1&, const PerTensor& in, const PerTensor& out, auto) {
  return relu_0_to_1_table(in, out);
}
Int8Table int8_table(const Logistic&, const PerTensor& in, const PerTensor& out, auto) {
  return logistic_table(in, out);
}
Int8Table int8_table(const Tanh&, const PerTensor& in, const PerTensor& out, auto) { return tanh_table(in, out); }
Int8Table int8_table(const HardSwish&, const PerTensor& in, const PerTensor& out, auto) {
  return hard_swish_table(in, out);
}
Int8Table int8_table(const Abs&, const PerTensor& in, const PerTensor& out, auto) { return abs_table(in, out); }
Int8Table int8_table(const Rsqrt&, const PerTensor& in, const PerTensor& out, auto) { return rsqrt_table(in, out); }
Int8Table int8_table(const Sqrt&, const PerTensor& in, const PerTensor& out, auto) { return sqrt_table(in, out); }
Int8Table int8_table(const Elu&, const PerTensor& in, const PerTensor& out, auto) {
  return float_table(in, out, [](float x) { return x < 0 ? std::exp(x) - 1.0F : x; });
}

// The types of TFLite's and tflite-micro's kernels.
constexpr DTypes kTypesOfAbs{DType::float32, DType::int8, DType::int16, DType::int32};
constexpr DTypes kFloatInt8AndInt16{DType::float32, DType::int8, DType::int16};
constexpr DTypes kTypesOfSign{DType::float32, DType::int32};
constexpr DTypes kTypesOfNeg{DType::float32, DType::int8, DType::int32, DType::int64};
DTypes supported(const auto&) { return kFloatAndInt8; }
DTypes supported(const ReluN1To1&) { return kFloatAnd8Bits; }
DTypes supported(const Relu0To1&) { return kFloatAnd8Bits; }
DTypes supported(const Sign&) { return kTypesOfSign; }
DTypes supported(const HardSwish&) { return kFloatAnd8Bits; }
DTypes supported(const Abs&) { return kTypesOfAbs; }
DTypes supported(const Exp&) { return kFloatInt8AndInt16; }
DTypes supported(const Log&) { return kFloatInt8AndInt16; }
DTypes supported(const Rsqrt&) { return kFloatInt8AndInt16; }
DTypes supported(const Sqrt&) { return kFloatInt8AndInt16; }
DTypes supported(const Neg&) { return kTypesOfNeg; }
DTypes supported(const Relu&) { return kAllActivations; }
DTypes supported(const Relu6&) { return kAllActivations; }
DTypes supported(const Logistic&) { return kAllActivations; }
DTypes supported(const Tanh&) { return kAllActivations; }

// The int16 kernel, for operators that have one.
KernelCall lower_int16(const auto& op, Types, Types) { fail("{}: has no int16 kernel", op.name); }
KernelCall lower_int16(const Abs& op, Types in, Types out) {
  const PerTensor input = per_tensor(op.name, "input", in[0]), output = per_tensor(op.name, "output", out[0]);
  const double factor = static_cast<double>(input.scale) / static_cast<double>(output.scale);
  return lower_two_slopes(op.name, in, out, factor, -factor, integer_range(DType::int16));
}
KernelCall lower_int16(const Exp& op, Types in, Types out) {
  return lower_table_int16(op.name, in, out, [](float x) { return std::exp(x); });
}
KernelCall lower_int16(const Logistic& op, Types in, Types out) { return lower_logistic_int16(op.name, in, out); }
KernelCall lower_int16(const Tanh& op, Types in, Types out) { return lower_tanh_int16(op.name, in, out); }
KernelCall lower_int16(const Log& op, Types in, Types out) {
  return lower_table_int16(op.name, in, out, [](float x) { return std::log(x); });
}
KernelCall lower_int16(const Rsqrt& op, Types in, Types out) { return lower_rsqrt_int16(op.name, in, out); }
KernelCall lower_int16(const Sqrt& op, Types in, Types out) { return lower_sqrt_int16(op.name, in, out); }
KernelCall lower_int16(const Relu& op, Types in, Types out) {
  const PerTensor input = per_tensor(op.name, "input", in[0]), output = per_tensor(op.name, "output", out[0]);
  const double factor = static_cast<double>(input.scale) / static_cast<double>(output.scale);
  return lower_two_slopes(op.name, in, out, factor, factor,
                          output_range(op.name, Activation::relu, output, DType::int16));
}
KernelCall lower_int16(const Relu6& op, Types in, Types out) {
  const PerTensor input = per_tensor(op.name, "input", in[0]);
  require_same_quantization(op.name, in, out, 1);
  return lower_two_slopes(op.name, in, out, 1, 1, output_range(op.name, Activation::relu6, input, DType::int16));
}

// The kernel for plain integers, for operators that have one.
KernelCall lower_integers(const auto& op, Types) { fail("{}: has no kernel of plain integers", op.name); }
KernelCall lower_integers(const Abs& op, Types in) {
  return lower_numbers<micro::unary::Abs, std::int32_t>(op.name, "Abs", in);
}
KernelCall lower_integers(const Sign& op, Types in) {
  return lower_numbers<micro::unary::Sign, std::int32_t>(op.name, "Sign", in);
}
KernelCall lower_integers(const Neg& op, Types in) {
  if (in[0].dtype() == DType::int32) return lower_numbers<micro::unary::Neg, std::int32_t>(op.name, "Neg", in);
  return lower_numbers<micro::unary::Neg, std::int64_t>(op.name, "Neg", in);
}

// TFLite's version for int16 and others but int8.
int version_of(const auto&, DType dtype, int int8) { return dtype == DType::int16 ? int8 + 1 : 1; }
int version_of(const Abs&, DType dtype, int int8) {
  return dtype == DType::int32 ? 5 : dtype == DType::int16 ? int8 + 1 : 1;
}
int version_of(const Exp&, DType dtype, int int8) { return dtype == DType::int16 ? int8 : 1; }

// The quantization rule of an operator, by TFLite's 8-bit specification.
std::optional<QuantizationRule> rule(const auto& op) {
  // TFLite does not have it, or has no int8 kernel for it.
  if (op.tflite_code < 0) return std::nullopt;
  return QuantizationRule{};
}
std::optional<QuantizationRule> rule(const Ceil&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Cos&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Floor&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Neg&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Round&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Sign&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Sin&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Sqrt&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Square&) { return std::nullopt; }
// tflite-micro clamps in steps of the input and ignores the output's scale.
std::optional<QuantizationRule> rule(const ReluN1To1&) { return std::nullopt; }
std::optional<QuantizationRule> rule(const Relu6&) { return QuantizationRule{.same_scale = true}; }
std::optional<QuantizationRule> rule(const Logistic&) {
  return QuantizationRule{.output = Quantization{.scale = {1.0F / 256}, .zero_point = {-128}}};
}
std::optional<QuantizationRule> rule(const Tanh&) {
  return QuantizationRule{.output = Quantization{.scale = {1.0F / 128}, .zero_point = {0}}};
}

}  // namespace

#define X(Type, tflite_name, code, table, version_int8, known_as, f, slope)                                  \
  std::vector<TensorType> Type::infer(Types in) const { return infer_unary(name, in, supported(*this)); }    \
  Cost Type::cost(Types in) const { return cost_unary(name, in, supported(*this)); }                         \
  void Type::forward(Inputs inputs, Outputs outputs) const {                                                 \
    if (inputs[0].dtype() != DType::float32) return forward_lowered(*this, inputs, outputs);                 \
    forward_unary(inputs, outputs, [](float x) -> float { return f; });                                      \
  }                                                                                                          \
  void Type::backward(Inputs inputs, Inputs outputs, Inputs dy, Outputs dx, TrainingState) const {           \
    backward_unary(inputs, outputs, dy, dx,                                                                  \
                   []([[maybe_unused]] float x, [[maybe_unused]] float y) -> float { return slope; });       \
  }                                                                                                          \
  std::optional<QuantizationRule> Type::quantization(Types) const { return rule(*this); }                    \
  KernelCall Type::lower(Types in, Types out) const {                                                        \
    if (in[0].dtype() == DType::float32) return lower_numbers<micro::unary::Type, float>(name, #Type, in);   \
    if (in[0].dtype() == DType::int16) return lower_int16(*this, in, out);                                   \
    if (in[0].dtype() == DType::int32 || in[0].dtype() == DType::int64) return lower_integers(*this, in);    \
    const PerTensor input = as_int8(name, "input", in[0]), output = as_int8(name, "output", out[0]);         \
    return lower_table(name, in, out, int8_table(*this, input, output, [](float x) -> float { return f; })); \
  }                                                                                                          \
  int Type::tflite_version(Types in, Types) const {                                                          \
    return in[0].dtype() == DType::int8 ? version_int8 : version_of(*this, in[0].dtype(), version_int8);     \
  }                                                                                                          \
  template <>                                                                                                \
  Op default_op<Type>() {                                                                                    \
    return Type{};                                                                                           \
  }
MIRIM_ELEMENTWISE_UNARY(X)
#undef X

}  // namespace mirim
