#include "mirim/ops/elementwise_binary.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/broadcast.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

void require_binary_dtype(std::string_view op, Types in) {
  using enum DType;
  if (op == Prelu::name) return require_dtype(op, in, 0, {float32, int8, uint8, int16});
  if (op == Div::name) return require_dtype(op, in, 0, {float32, int8, uint8, int16, int32});
  if (op == Atan2::name) return require_dtype(op, in, 0, {float32});
  if (op == FloorDiv::name || op == Pow::name) return require_dtype(op, in, 0, {float32, int32});
  if (op == FloorMod::name) return require_dtype(op, in, 0, {float32, int32, int64});
  if (op == SquaredDifference::name) return require_dtype(op, in, 0, {float32, int8, int16, int32});
  require_dtype(op, in, 0, {float32, int8, uint8, int16, int32, int64});
}

float floor_mod(float a, float b) {
  const float rest = std::fmod(a, b);
  return rest != 0 && (rest < 0) != (b < 0) ? rest + b : rest;
}

std::vector<TensorType> infer_binary(std::string_view op, Types in, Activation activation) {
  require_inputs(op, in, 2);
  require_binary_dtype(op, in);
  if (op == Prelu::name && in[0].dtype() == DType::int16) {
    require_dtype(op, in, 1, {DType::int8});  // LiteRT reads any slopes as these
  } else {
    require_same_dtype(op, in, 0, 1);
  }
  activation_range(op, activation);
  const Shape shape = broadcast_shape(op, in);
  if (op == Prelu::name && shape != in[0].shape()) {
    fail("{}: slopes of shape [{}] would stretch the input [{}]", op, to_string(in[1].shape()),
         to_string(in[0].shape()));
  }
  return {{in[0].dtype(), shape}};
}

Cost cost_binary(std::string_view op, Types in, Activation activation) {
  const auto out = infer_binary(op, in, activation);
  return {.operations = out[0].shape.elements() * (activation == Activation::none ? 1 : 2)};
}

template <class F>
void forward_binary(Inputs x, Outputs y, ActivationRange range, F f) {
  const auto a = x[0].as<float>(), b = x[1].as<float>();
  const auto output = y[0].as<float>();
  if (x[0].shape() == x[1].shape()) {
    for (std::size_t i = 0; i < output.size(); ++i) output[i] = range.clamp(f(a[i], b[i]));
    return;
  }
  Broadcasting(y[0].shape(), x[0].shape(), x[1].shape()).for_each([&](std::size_t i, std::size_t ia, std::size_t ib) {
    output[i] = range.clamp(f(a[ia], b[ib]));
  });
}

// The gradient of a repeated operand is the sum over its repetitions.
template <class SlopeA, class SlopeB>
void backward_binary(Inputs x, Inputs y, Inputs dy, Outputs dx, ActivationRange range, SlopeA slope_a, SlopeB slope_b) {
  const auto a = x[0].as<float>(), b = x[1].as<float>(), output = y[0].as<float>(), above = dy[0].as<float>();
  for (const TensorView& gradient : dx) std::fill(gradient.bytes.begin(), gradient.bytes.end(), std::byte{0});
  float* to_a = dx.has(0) ? dx[0].as<float>().data() : nullptr;
  float* to_b = dx.has(1) ? dx[1].as<float>().data() : nullptr;
  Broadcasting(y[0].shape(), x[0].shape(), x[1].shape()).for_each([&](std::size_t i, std::size_t ia, std::size_t ib) {
    const float slope = above[i] * range.slope(output[i]);
    if (to_a) to_a[ia] += slope * slope_a(a[ia], b[ib]);
    if (to_b) to_b[ib] += slope * slope_b(a[ia], b[ib]);
  });
}

// From version 3 on TFLite allows products whose rescaling factor is 1 or more.
bool rescales_up(Types in, Types out) {
  const auto scale = [](const Operand& operand) {
    return operand.quantization ? operand.quantization->scale : std::vector<float>{};
  };
  if (in.size() < 2 || out.size() < 1) return false;
  const auto a = scale(in[0]), b = scale(in[1]), y = scale(out[0]);
  return !a.empty() && !b.empty() && !y.empty() && a[0] * b[0] / y[0] >= 1;
}

// Repeated operands of more than four dimensions.
bool broadcasts_large(Types in) {
  return in[0].shape() != in[1].shape() && std::max(in[0].shape().rank(), in[1].shape().rank()) > 4;
}

int version(const Add& op, Types in, Types) {
  const bool own_scales = in[0].dtype() == DType::int16 && !op.pot_scale_int16;
  return own_scales ? 3 : version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int64, 4}});
}
int version(const Sub& op, Types in, Types) {
  if (in[0].dtype() == DType::int16 && !op.pot_scale_int16) return 5;
  if (in[0].dtype() == DType::int64) return 4;
  if (broadcasts_large(in)) return 3;
  return in[0].dtype() == DType::int8 ? 2 : 1;
}
int version(const Mul&, Types in, Types out) {
  if (in[0].dtype() == DType::int8 && rescales_up(in, out)) return 3;
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int16, 4}, {DType::int64, 5}});
}
int version(const Div&, Types in, Types) { return broadcasts_large(in) ? 2 : 1; }
int version(const Atan2&, Types, Types) { return 1; }
int version(const Pow&, Types, Types) { return 1; }
int version(const FloorDiv&, Types in, Types) { return in[0].dtype() == DType::float32 ? 2 : 1; }
int version(const FloorMod&, Types, Types) { return 1; }
int version(const Prelu&, Types, Types) { return 1; }
int version(const SquaredDifference&, Types in, Types) { return in[0].dtype() == DType::int8 ? 2 : 1; }
int version(const auto&, Types in, Types) {  // MAXIMUM, MINIMUM
  if (in[0].dtype() == DType::int16) return 4;
  if (broadcasts_large(in)) return 3;
  return in[0].dtype() == DType::int8 ? 2 : 1;
}

}  // namespace

#define MIRIM_BINARY_DEFINITIONS(Type, activation, f, slope_a, slope_b)                                    \
  std::vector<TensorType> Type::infer(Types in) const { return infer_binary(name, in, activation); }       \
  Cost Type::cost(Types in) const { return cost_binary(name, in, activation); }                            \
  void Type::forward(Inputs x, Outputs y) const {                                                          \
    if (x[0].dtype() != DType::float32) return forward_lowered(*this, x, y);                               \
    forward_binary(x, y, activation_range(name, activation), [](float a, float b) -> float { return f; }); \
  }                                                                                                        \
  void Type::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {                    \
    backward_binary(                                                                                       \
        x, y, dy, dx, activation_range(name, activation),                                                  \
        []([[maybe_unused]] float a, [[maybe_unused]] float b) -> float { return slope_a; },               \
        []([[maybe_unused]] float a, [[maybe_unused]] float b) -> float { return slope_b; });              \
  }                                                                                                        \
  int Type::tflite_version(Types in, Types out) const { return version(*this, in, out); }                  \
  template <>                                                                                              \
  Op default_op<Type>() {                                                                                  \
    return Type{};                                                                                         \
  }

#define X(Type, tflite_name, code, table, f, slope_a, slope_b)    \
  MIRIM_BINARY_DEFINITIONS(Type, activation, f, slope_a, slope_b) \
  void Type::options(Options& o) { o.field(0, "fused_activation_function", activation, Activation::none); }
MIRIM_ARITHMETIC(X)
#undef X

#define X(Type, tflite_name, code, table, f, slope_a, slope_b)             \
  MIRIM_BINARY_DEFINITIONS(Type, activation, f, slope_a, slope_b)          \
  void Type::options(Options& o) {                                         \
    o.field(0, "fused_activation_function", activation, Activation::none); \
    o.field(1, "pot_scale_int16", pot_scale_int16, true);                  \
  }
MIRIM_ADDITIVE(X)
#undef X

#define X(Type, tflite_name, code, table, role_of_b, known_as, f, slope_a, slope_b) \
  MIRIM_BINARY_DEFINITIONS(Type, Activation::none, f, slope_a, slope_b)
MIRIM_ELEMENTWISE_BINARY(X)
#undef X

#define X(Type, tflite_name, code, table, f, slope_a, slope_b) \
  MIRIM_BINARY_DEFINITIONS(Type, Activation::none, f, slope_a, slope_b)
MIRIM_OF_NUMBERS(X)
#undef X

}  // namespace mirim
