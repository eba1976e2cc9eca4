#pragma once

#include <string>

#include "mirim/graph/op.hpp"
#include "mirim/micro/elementwise_unary.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

/// The loops of operators y = f(x) on every element, for elementwise_unary.cpp and for those with options of their own.
namespace mirim {

using DTypes = std::initializer_list<DType>;
inline constexpr DTypes kFloatAndInt8{DType::float32, DType::int8};
inline constexpr DTypes kFloatAnd8Bits{DType::float32, DType::int8, DType::uint8};
inline constexpr DTypes kAllActivations{DType::float32, DType::int8, DType::uint8, DType::int16};

/// One input of one of these types; the output has the same type.
inline std::vector<TensorType> infer_unary(std::string_view op, Types in, DTypes supported = kFloatAndInt8) {
  require_inputs(op, in, 1);
  require_dtype(op, in, 0, supported);
  return {*in[0].type};
}

inline Cost cost_unary(std::string_view op, Types in, DTypes supported = kFloatAndInt8) {
  const auto out = infer_unary(op, in, supported);
  return {.operations = out[0].shape.elements()};
}

/// y = f(x)
template <class F>
void forward_unary(Inputs x, Outputs y, F f) {
  const auto input = x[0].as<float>();
  const auto output = y[0].as<float>();
  for (std::size_t i = 0; i < input.size(); ++i) output[i] = f(input[i]);
}

/// The device kernel for floats or plain integers (T); F is the function in micro::unary, `function` its name there.
template <class F, class T>
KernelCall lower_numbers(std::string_view op, std::string_view function, Types in) {
  device_int(op, in[0].type->bytes());
  KernelCall call = make_kernel_call(
      "mirim/micro/elementwise_unary.hpp", "elementwise_unary<micro::unary::" + std::string(function) + ">",
      "ElementwiseUnaryParams", &micro::elementwise_unary<F, T>, {.count = device_int(op, in[0].shape().elements())},
      {kernel_input(0), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

/// dL/dx = dL/dy * slope(x, y)
template <class Slope>
void backward_unary(Inputs x, Inputs y, Inputs dy, Outputs dx, Slope slope) {
  if (!dx.has(0)) return;
  const auto input = x[0].as<float>(), output = y[0].as<float>(), above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  for (std::size_t i = 0; i < input.size(); ++i) below[i] = above[i] * slope(input[i], output[i]);
}

}  // namespace mirim
