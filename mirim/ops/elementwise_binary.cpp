#include "mirim/ops/elementwise_binary.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/add.hpp"
#include "mirim/micro/mul.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/broadcast.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

std::vector<TensorType> infer_binary(std::string_view op, Types in, Activation activation) {
  require_inputs(op, in, 2);
  require_dtype(op, in, 0, {DType::float32, DType::int8});
  require_same_dtype(op, in, 0, 1);
  activation_range(op, activation);
  return {{in[0].dtype(), broadcast_shape(op, in)}};
}

Cost cost_binary(std::string_view op, Types in, Activation activation) {
  const auto out = infer_binary(op, in, activation);
  return {.operations = out[0].shape.elements() * (activation == Activation::none ? 1 : 2),
          .bytes_moved = bytes_moved(in, out)};
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

// The gradient of an operand that is repeated is the sum over its repetitions.
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

// From version 3 on TFLite allows products whose rescaling is not a fraction.
bool rescales_up(Types in, Types out) {
  const auto scale = [](const Operand& operand) {
    return operand.quantization ? operand.quantization->scale : std::vector<float>{};
  };
  if (in.size() < 2 || out.size() < 1) return false;
  const auto a = scale(in[0]), b = scale(in[1]), y = scale(out[0]);
  return !a.empty() && !b.empty() && !y.empty() && a[0] * b[0] / y[0] >= 1;
}

int version_binary(std::string_view op, Types in, Types out, int version_int8) {
  const bool broadcasts = in[0].shape() != in[1].shape();
  const bool large = std::max(in[0].shape().rank(), in[1].shape().rank()) > 4;
  if (broadcasts && large && op == Div::name) return 2;
  if (broadcasts && large && (op == Sub::name || op == Maximum::name || op == Minimum::name)) return 3;
  if (op == Mul::name && in[0].dtype() == DType::int8 && rescales_up(in, out)) return 3;
  return in[0].dtype() == DType::int8 ? version_int8 : 1;
}

// Runs the int8 kernel where the operator has one; false when the operands are float.
template <class T>
bool forward_int8(const T& op, Inputs x, Outputs y) {
  if (x[0].dtype() != DType::int8) return false;
  if constexpr (requires { op.lower(Types{}, Types{}); }) {
    forward_lowered(op, x, y);
    return true;
  } else {
    fail("{} has no int8 kernel", T::name);
  }
}

// The five dimensions of the device's kernels: those of size 1 dropped, neighbours that both operands walk without a
// gap made one.
template <class Params>
void set_broadcast(std::string_view op, Params& p, const Shape& out, const Shape& a, const Shape& b) {
  const Broadcasting all(out, a, b);
  std::array<std::int64_t, kMostBroadcastDimensions> size{}, stride_a{}, stride_b{};
  std::size_t count = 0;
  for (std::size_t d = 0; d < all.size.size(); ++d) {
    if (all.size[d] == 1) continue;
    const bool follows = count > 0 && stride_a[count - 1] == all.stride_a[d] * all.size[d] &&
                         stride_b[count - 1] == all.stride_b[d] * all.size[d];
    if (!follows) size[count++] = 1;
    size[count - 1] *= all.size[d];
    stride_a[count - 1] = all.stride_a[d];
    stride_b[count - 1] = all.stride_b[d];
  }
  constexpr std::size_t kMost = std::extent_v<decltype(p.size)>;
  if (count > kMost) fail("{}: operands repeat along {} separate axes, the device kernel has {}", op, count, kMost);
  for (std::size_t k = 0; k < kMost; ++k) {
    const bool used = k + count >= kMost;
    const std::size_t d = used ? k + count - kMost : 0;
    p.size[k] = used ? device_int(op, size[d]) : 1;
    p.input1_stride[k] = used ? device_int(op, stride_a[d]) : 0;
    p.input2_stride[k] = used ? device_int(op, stride_b[d]) : 0;
  }
}

// The output may take the place of an operand that it has the very elements of.
std::vector<int> overwritable(Types in, Types out) {
  std::vector<int> result;
  for (int i = 0; i < 2; ++i) {
    if (in[i].shape().elements() == out[0].shape().elements()) result.push_back(i);
  }
  return result;
}

}  // namespace

QuantizationRule Add::quantization(Types) const { return {.inputs = {{}}}; }

QuantizationRule Mul::quantization(Types) const { return {.inputs = {{}}}; }

// Both inputs go to twice the larger of their scales with 20 more bits, where they are added.
KernelCall Add::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 1);
  const PerTensor a = per_tensor(name, "first input", in[0]), b = per_tensor(name, "second input", in[1]);
  const PerTensor y = per_tensor(name, "output", out[0]);
  constexpr int kLeftShift = 20;
  const double twice_larger = 2 * static_cast<double>(std::max(a.scale, b.scale));
  const auto multiplier = [](double real) {
    return in_context(std::string(name), [&] { return quantize_multiplier(real); });
  };
  const QuantizedMultiplier of_a = multiplier(static_cast<double>(a.scale) / twice_larger);
  const QuantizedMultiplier of_b = multiplier(static_cast<double>(b.scale) / twice_larger);
  const QuantizedMultiplier of_y = multiplier(twice_larger / ((1 << kLeftShift) * static_cast<double>(y.scale)));
  const Int8Range range = int8_range(name, activation, y);
  micro::AddParams params{
      .size = {},
      .input1_stride = {},
      .input2_stride = {},
      .left_shift = kLeftShift,
      .input1_offset = -a.zero_point,
      .input1_multiplier = of_a.multiplier,
      .input1_shift = of_a.shift,
      .input2_offset = -b.zero_point,
      .input2_multiplier = of_b.multiplier,
      .input2_shift = of_b.shift,
      .output_offset = y.zero_point,
      .output_multiplier = of_y.multiplier,
      .output_shift = of_y.shift,
      .activation_min = range.min,
      .activation_max = range.max,
  };
  set_broadcast(name, params, out[0].shape(), in[0].shape(), in[1].shape());
  KernelCall call = make_kernel_call("mirim/micro/add.hpp", "add", "AddParams", &micro::add, params,
                                     {kernel_input(0), kernel_input(1), kernel_output(0)});
  call.may_overwrite = overwritable(in, out);
  return call;
}

KernelCall Mul::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 1);
  const PerTensor a = per_tensor(name, "first input", in[0]), b = per_tensor(name, "second input", in[1]);
  const PerTensor y = per_tensor(name, "output", out[0]);
  const double real = static_cast<double>(a.scale) * static_cast<double>(b.scale) / static_cast<double>(y.scale);
  const QuantizedMultiplier q = in_context(std::string(name), [&] { return quantize_multiplier(real); });
  const Int8Range range = int8_range(name, activation, y);
  micro::MulParams params{
      .size = {},
      .input1_stride = {},
      .input2_stride = {},
      .input1_offset = -a.zero_point,
      .input2_offset = -b.zero_point,
      .output_offset = y.zero_point,
      .output_multiplier = q.multiplier,
      .output_shift = q.shift,
      .activation_min = range.min,
      .activation_max = range.max,
  };
  set_broadcast(name, params, out[0].shape(), in[0].shape(), in[1].shape());
  KernelCall call = make_kernel_call("mirim/micro/mul.hpp", "mul", "MulParams", &micro::mul, params,
                                     {kernel_input(0), kernel_input(1), kernel_output(0)});
  call.may_overwrite = overwritable(in, out);
  return call;
}

#define MIRIM_BINARY_DEFINITIONS(Type, activation, version_int8, f, slope_a, slope_b)                         \
  std::vector<TensorType> Type::infer(Types in) const { return infer_binary(name, in, activation); }          \
  Cost Type::cost(Types in) const { return cost_binary(name, in, activation); }                               \
  void Type::forward(Inputs x, Outputs y) const {                                                             \
    if (forward_int8(*this, x, y)) return;                                                                    \
    forward_binary(x, y, activation_range(name, activation), [](float a, float b) -> float { return f; });    \
  }                                                                                                           \
  void Type::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {                       \
    backward_binary(                                                                                          \
        x, y, dy, dx, activation_range(name, activation),                                                     \
        []([[maybe_unused]] float a, [[maybe_unused]] float b) -> float { return slope_a; },                  \
        []([[maybe_unused]] float a, [[maybe_unused]] float b) -> float { return slope_b; });                 \
  }                                                                                                           \
  int Type::tflite_version(Types in, Types out) const { return version_binary(name, in, out, version_int8); } \
  template <>                                                                                                 \
  Op default_op<Type>() {                                                                                     \
    return Type{};                                                                                            \
  }

#define X(Type, tflite_name, code, table, version_int8, f, slope_a, slope_b)    \
  MIRIM_BINARY_DEFINITIONS(Type, activation, version_int8, f, slope_a, slope_b) \
  void Type::options(Options& o) { o.field(0, "fused_activation_function", activation, Activation::none); }
MIRIM_DEPLOYABLE_ARITHMETIC(X)
MIRIM_ARITHMETIC(X)
#undef X

#define X(Type, tflite_name, code, table, version_int8, f, slope_a, slope_b) \
  MIRIM_BINARY_DEFINITIONS(Type, Activation::none, version_int8, f, slope_a, slope_b)
MIRIM_ELEMENTWISE_BINARY(X)
#undef X

}  // namespace mirim
