#include "mirim/ops/fill.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/copy.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

Shape shape_of(Types in) {
  Shape shape(require_constant_indices(Fill::name, in, 0));
  in_context(std::string(Fill::name), [&] { return shape.elements(); });
  if (in[1].shape().elements() != 1) fail("{}: {}, expected one value", Fill::name, describe_input(in, 1));
  return shape;
}

}  // namespace

std::vector<TensorType> Fill::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 1);
  return {{in[1].dtype(), shape_of(in)}};
}

void Fill::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule Fill::quantization(Types) const { return {.same_scale = true}; }

KernelCall Fill::lower(Types in, Types) const {
  return lower_strided_copy(name, in, 1, {.size = {shape_of(in).elements()}, .stride = {0}});
}

int Fill::tflite_version(Types in, Types) const {
  return version_by_type(in[1].dtype(), {{DType::boolean, 2}, {DType::int8, 3}, {DType::int16, 3}});
}

template <>
Op default_op<Fill>() {
  return Fill{};
}

std::vector<TensorType> ZerosLike::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::int32, DType::int64});
  return {*in[0].type};
}

void ZerosLike::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall ZerosLike::lower(Types, Types out) const {
  return make_kernel_call("mirim/micro/copy.hpp", "clear", "CopyParams", &micro::clear,
                          {.bytes = device_int(name, out[0].type->bytes())}, {kernel_output(0)});
}

template <>
Op default_op<ZerosLike>() {
  return ZerosLike{};
}

}  // namespace mirim
