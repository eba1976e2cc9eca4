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

namespace {

void require_operands(std::string_view op, Types in) {
  require_inputs(op, in, 3);
  require_dtype(op, in, 0, {DType::boolean});
  require_element_type(op, in, 1);
  require_same_dtype(op, in, 1, 2);
}

Cost cost_select(const std::vector<TensorType>& out) { return {.operations = out[0].shape.elements()}; }

QuantizationRule rule() { return {.same_scale = true}; }

KernelCall lower_select(std::string_view op, Types in, Types out, const Shape& condition) {
  for (const Operand& operand : {in[0], in[1], in[2], out[0]}) device_int(op, operand.type->bytes());
  const DeviceBroadcast axes = device_broadcast(op, out[0].shape(), {condition, in[1].shape(), in[2].shape()});
  micro::SelectParams params{};
  std::ranges::copy(axes.size, params.size);
  std::ranges::copy(axes.stride[0], params.condition_stride);
  std::ranges::copy(axes.stride[1], params.input1_stride);
  std::ranges::copy(axes.stride[2], params.input2_stride);
  return with_element_type(op, in[1].dtype(), [&]<class T>() {
    return make_kernel_call("mirim/micro/select.hpp", "select", "SelectParams", &micro::select<T>, params,
                            {kernel_input(0), kernel_input(1), kernel_input(2), kernel_output(0)});
  });
}

// SELECT's condition as broadcasting reads it: ones after its one axis.
Shape condition_of(Types in) {
  const Shape &condition = in[0].shape(), &x = in[1].shape();
  if (condition == x || condition.elements() == 1 || condition.rank() != 1 || x.rank() < 1) return condition;
  std::vector<std::int64_t> dimensions(x.dimensions().size(), 1);
  dimensions[0] = condition[0];
  return Shape(std::move(dimensions));
}

}  // namespace

std::vector<TensorType> SelectV2::infer(Types in) const {
  require_operands(name, in);
  const Shape shape =
      in_context(std::string(name), [&] { return broadcast(in[0].shape(), broadcast(in[1].shape(), in[2].shape())); });
  if (shape.rank() > kMostBroadcastDimensions) {
    fail("{}: {} dimensions, supported are at most {}", name, shape.rank(), kMostBroadcastDimensions);
  }
  return {{in[1].dtype(), shape}};
}

std::vector<TensorType> Select::infer(Types in) const {
  require_operands(name, in);
  const Shape& x = in[1].shape();
  const bool fits = in[0].shape() == x || in[0].shape().elements() == 1 ||
                    (in[0].shape().rank() == 1 && x.rank() >= 1 && in[0].shape()[0] == x[0]);
  if (!fits || in[2].shape() != x || in[0].shape().rank() > std::max(x.rank(), 1)) {
    fail("{}: {}, {} and {} do not fit each other", name, describe_input(in, 0), describe_input(in, 1),
         describe_input(in, 2));
  }
  if (x.rank() > kMostBroadcastDimensions) {
    fail("{}: {} dimensions, supported are at most {}", name, x.rank(), kMostBroadcastDimensions);
  }
  return {*in[1].type};
}

Cost SelectV2::cost(Types in) const { return cost_select(infer(in)); }

void SelectV2::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule SelectV2::quantization(Types) const { return rule(); }

KernelCall SelectV2::lower(Types in, Types out) const { return lower_select(name, in, out, in[0].shape()); }

Cost Select::cost(Types in) const { return cost_select(infer(in)); }

void Select::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule Select::quantization(Types) const { return rule(); }

KernelCall Select::lower(Types in, Types out) const { return lower_select(name, in, out, condition_of(in)); }

int Select::tflite_version(Types in, Types) const {
  return std::ranges::any_of(in, [](const Operand& x) { return x.shape().rank() == 5; }) ? 3 : 1;
}

template <>
Op default_op<SelectV2>() {
  return SelectV2{};
}

template <>
Op default_op<Select>() {
  return Select{};
}

}  // namespace mirim
