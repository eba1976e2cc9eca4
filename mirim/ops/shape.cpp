#include "mirim/ops/shape.hpp"

#include "mirim/ops/all.hpp"
#include "mirim/ops/known_result.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

std::vector<TensorType> ShapeOf::infer(Types in) const {
  require_inputs(name, in, 1);
  // If a file leaves the option at its default, float32, it means int32.
  return {{out_type == DType::int64 ? DType::int64 : DType::int32, {in[0].shape().rank()}}};
}

void ShapeOf::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule ShapeOf::quantization(Types) const { return {}; }

KernelCall ShapeOf::lower(Types in, Types out) const {
  const Shape& shape = in[0].shape();
  if (out[0].dtype() == DType::int64) return lower_known(name, make_kernel_constant("shape", shape.dimensions()), out);
  std::vector<std::int32_t> dimensions;
  for (const std::int64_t d : shape) dimensions.push_back(device_int(name, d));
  return lower_known(name, make_kernel_constant("shape", dimensions), out);
}

void ShapeOf::options(Options& o) { o.field(0, "out_type", out_type, DType::float32); }

template <>
Op default_op<ShapeOf>() {
  return ShapeOf{};
}

std::vector<TensorType> Rank::infer(Types in) const {
  require_inputs(name, in, 1);
  return {{DType::int32, {}}};
}

void Rank::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule Rank::quantization(Types) const { return {}; }

KernelCall Rank::lower(Types in, Types out) const {
  return lower_known(name, make_kernel_constant("rank", std::vector<std::int32_t>{in[0].shape().rank()}), out);
}

template <>
Op default_op<Rank>() {
  return Rank{};
}

}  // namespace mirim
