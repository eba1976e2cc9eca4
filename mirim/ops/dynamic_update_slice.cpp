#include "mirim/ops/dynamic_update_slice.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/dynamic_update_slice.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 8;

// The update's place in x. All positions are known where the operator runs on the host.
StridedView place_of(Types in) {
  const Shape &x = in[0].shape(), &update = in[1].shape();
  StridedView view{.size = {update.begin(), update.end()}, .stride = dense_strides(x)};
  const auto begin = require_constant_indices(DynamicUpdateSlice::name, in, 2);
  for (int d = 0; d < x.rank(); ++d) {
    const auto axis = static_cast<std::size_t>(d);
    view.first += std::clamp<std::int64_t>(begin[axis], 0, x[d] - update[d]) * view.stride[axis];
  }
  return view;
}

}  // namespace

std::vector<TensorType> DynamicUpdateSlice::infer(Types in) const {
  require_inputs(name, in, 3);
  require_element_type(name, in, 0);
  require_same_dtype(name, in, 0, 1);
  require_dtype(name, in, 2, {DType::int32, DType::int64});
  const Shape &x = in[0].shape(), &update = in[1].shape();
  if (x.rank() > kMostDimensions) {
    fail("{}: {}, supported are {} dimensions", name, describe_input(in, 0), kMostDimensions);
  }
  if (update.rank() != x.rank() || in[2].shape().rank() != 1 || in[2].shape()[0] != x.rank()) {
    fail("{}: {}, {} and {}, expected one rank and a position for each dimension", name, describe_input(in, 0),
         describe_input(in, 1), describe_input(in, 2));
  }
  for (int d = 0; d < x.rank(); ++d) {
    if (update[d] > x[d]) fail("{}: {} is longer than {}", name, describe_input(in, 1), describe_input(in, 0));
  }
  return {*in[0].type};
}

void DynamicUpdateSlice::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void DynamicUpdateSlice::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  const auto in = operands_of(x);
  const StridedView place = place_of(Types(in));
  const auto above = dy[0].as<float>();
  if (dx.has(0)) {
    const auto below = dx[0].as<float>();
    std::ranges::copy(above, below.begin());
    place.for_each([&](std::size_t, std::size_t at) { below[at] = 0; });
  }
  if (dx.has(1)) {
    const auto below = dx[1].as<float>();
    place.for_each([&](std::size_t i, std::size_t at) { below[i] = above[at]; });
  }
}

QuantizationRule DynamicUpdateSlice::quantization(Types) const { return {.same_scale = true}; }

KernelCall DynamicUpdateSlice::lower(Types in, Types out) const {
  if (is_quantized(out[0])) require_same_quantization(name, in, out, 2);
  const Shape &x = in[0].shape(), &update = in[1].shape();
  device_int(name, in[0].type->bytes());
  const StridedView whole{.size = {update.begin(), update.end()}, .stride = dense_strides(x)};
  StridedView axes = whole.merged();
  micro::DynamicUpdateSliceParams params{};
  params.elements = device_int(name, x.elements());
  params.inner = 1;
  if (!axes.size.empty() && axes.stride.back() == 1) {
    params.inner = device_int(name, axes.size.back());
    axes.size.pop_back();
    axes.stride.pop_back();
  }
  const std::size_t most = std::size(params.size), used = axes.size.size();
  if (used > most) fail("{}: moves along {} separate axes, the device kernel has {}", name, used, most);
  for (std::size_t k = 0; k < most; ++k) {
    const bool present = k + used >= most;
    params.size[k] = update.elements() == 0 ? 0 : present ? device_int(name, axes.size[k + used - most]) : 1;
    params.stride[k] = present ? device_int(name, axes.stride[k + used - most]) : 0;
  }
  params.positions = x.rank();
  for (int d = 0; d < x.rank(); ++d) {
    params.position_stride[d] = device_int(name, whole.stride[static_cast<std::size_t>(d)]);
    params.most[d] = device_int(name, x[d] - update[d]);
  }
  KernelCall call = with_element_type(name, in[0].dtype(), [&]<class T>() {
    const auto make = [&](auto kernel) {
      return make_kernel_call("mirim/micro/dynamic_update_slice.hpp", "dynamic_update_slice",
                              "DynamicUpdateSliceParams", kernel, params,
                              {kernel_input(0), kernel_input(1), kernel_input(2), kernel_output(0)});
    };
    return in[2].dtype() == DType::int64 ? make(&micro::dynamic_update_slice<T, std::int64_t>)
                                         : make(&micro::dynamic_update_slice<T, std::int32_t>);
  });
  call.may_overwrite = {0};
  return call;
}

int DynamicUpdateSlice::tflite_version(Types, Types) const { return 1; }

template <>
Op default_op<DynamicUpdateSlice>() {
  return DynamicUpdateSlice{};
}

}  // namespace mirim
