#include "mirim/ops/one_hot.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/one_hot.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

// The new axis in the output.
int axis_of(const OneHot& op, Types in) {
  const int rank = in[0].shape().rank();
  const int axis = op.axis == -1 ? rank : op.axis;
  if (axis < 0 || axis > rank) fail("{}: a new axis {} for {}", OneHot::name, op.axis, describe_input(in, 0));
  return axis;
}

}  // namespace

std::vector<TensorType> OneHot::infer(Types in) const {
  require_inputs(name, in, 4);
  require_dtype(name, in, 0, {DType::int32, DType::int64});
  require_element_type(name, in, 2);
  require_same_dtype(name, in, 2, 3);
  const auto depth = require_constant_indices(name, in, 1);
  if (depth.size() != 1 || depth[0] < 0) fail("{}: {}, expected one depth from 0 on", name, describe_input(in, 1));
  for (int i = 2; i < 4; ++i) {
    if (in[i].shape().elements() != 1) fail("{}: {}, expected one value", name, describe_input(in, i));
  }
  std::vector<std::int64_t> dimensions(in[0].shape().begin(), in[0].shape().end());
  dimensions.insert(dimensions.begin() + axis_of(*this, in), depth[0]);
  Shape shape(std::move(dimensions));
  in_context(std::string(name), [&] { return shape.elements(); });
  return {{in[2].dtype(), std::move(shape)}};
}

Cost OneHot::cost(Types in) const { return {.operations = infer(in)[0].shape.elements()}; }

void OneHot::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule OneHot::quantization(Types) const { return {.same_scale = true}; }

KernelCall OneHot::lower(Types in, Types out) const {
  device_int(name, in[0].type->bytes());
  device_int(name, out[0].type->bytes());
  const Shape& positions = in[0].shape();
  const int at = axis_of(*this, in);
  std::int64_t outer = 1, inner = 1;
  for (int d = 0; d < positions.rank(); ++d) (d < at ? outer : inner) *= positions[d];
  const micro::OneHotParams params{.outer = device_int(name, outer),
                                   .depth = device_int(name, out[0].shape()[at]),
                                   .inner = device_int(name, inner)};
  return with_element_type(name, out[0].dtype(), [&]<class T>() {
    const auto call = [&](auto kernel) {
      return make_kernel_call("mirim/micro/one_hot.hpp", "one_hot", "OneHotParams", kernel, params,
                              {kernel_input(0), kernel_input(2), kernel_input(3), kernel_output(0)});
    };
    return in[0].dtype() == DType::int64 ? call(&micro::one_hot<T, std::int64_t>)
                                         : call(&micro::one_hot<T, std::int32_t>);
  });
}

void OneHot::options(Options& o) { o.field(0, "axis", axis, 0); }

template <>
Op default_op<OneHot>() {
  return OneHot{};
}

}  // namespace mirim
