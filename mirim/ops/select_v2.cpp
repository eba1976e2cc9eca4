#include "mirim/ops/select_v2.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/select.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/broadcast.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

std::vector<TensorType> SelectV2::infer(Types in) const {
  require_inputs(name, in, 3);
  require_dtype(name, in, 0, {DType::boolean});
  require_element_type(name, in, 1);
  require_same_dtype(name, in, 1, 2);
  const Shape shape =
      in_context(std::string(name), [&] { return broadcast(in[0].shape(), broadcast(in[1].shape(), in[2].shape())); });
  if (shape.rank() > kMostBroadcastDimensions) {
    fail("{}: {} dimensions, supported are at most {}", name, shape.rank(), kMostBroadcastDimensions);
  }
  return {{in[1].dtype(), shape}};
}

Cost SelectV2::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = out[0].shape.elements(), .bytes_moved = bytes_moved(in, out)};
}

void SelectV2::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule SelectV2::quantization(Types) const {
  using Role = QuantizationRule::Role;
  return {.inputs = {{.role = Role::index}, {.role = Role::activation}}, .same_scale = true};
}

KernelCall SelectV2::lower(Types in, Types out) const {
  for (const Operand& operand : {in[0], in[1], in[2], out[0]}) device_int(name, operand.type->bytes());
  const DeviceBroadcast axes = device_broadcast(name, out[0].shape(), {in[0].shape(), in[1].shape(), in[2].shape()});
  micro::SelectParams params{};
  std::ranges::copy(axes.size, params.size);
  std::ranges::copy(axes.stride[0], params.condition_stride);
  std::ranges::copy(axes.stride[1], params.input1_stride);
  std::ranges::copy(axes.stride[2], params.input2_stride);
  return with_element_type(name, in[1].dtype(), [&]<class T>() {
    return make_kernel_call("mirim/micro/select.hpp", "select", "SelectParams", &micro::select<T>, params,
                            {kernel_input(0), kernel_input(1), kernel_input(2), kernel_output(0)});
  });
}

template <>
Op default_op<SelectV2>() {
  return SelectV2{};
}

}  // namespace mirim
