#include "mirim/ops/reverse_v2.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

StridedView reversed(Types in) {
  const Shape& x = in[0].shape();
  StridedView view{.size = x.dimensions(), .stride = dense_strides(x)};
  for (const std::int64_t written : require_constant_indices(ReverseV2::name, in, 1)) {
    const int axis = in_context(std::string(ReverseV2::name), [&] { return normalize_axis(written, x.rank()); });
    std::int64_t& stride = view.stride[static_cast<std::size_t>(axis)];
    if (stride < 0) fail("{}: axis {} is given twice", ReverseV2::name, axis);
    if (x[axis] > 0) view.first += (x[axis] - 1) * stride;
    stride = -stride;
  }
  return view;
}

}  // namespace

std::vector<TensorType> ReverseV2::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  constexpr std::size_t kMostAxes = 6;  // of strided_copy
  const std::size_t axes = reversed(in).merged().size.size();
  if (axes > kMostAxes) {
    fail_unsupported("{}: {} moves along {} separate axes, supported are {}", name, describe_input(in, 0), axes,
                     kMostAxes);
  }
  return {*in[0].type};
}

void ReverseV2::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void ReverseV2::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_strided_copy(reversed(Types(operands_of(x))), dy[0], dx[0]);
}

QuantizationRule ReverseV2::quantization(Types) const { return {.same_scale = true}; }

KernelCall ReverseV2::lower(Types in, Types) const { return lower_strided_copy(name, in, 0, reversed(in)); }

int ReverseV2::tflite_version(Types in, Types) const {
  return version_by_type(in[0].dtype(), {{DType::boolean, 2}, {DType::int8, 3}});
}

template <>
Op default_op<ReverseV2>() {
  return ReverseV2{};
}

}  // namespace mirim
