#include "mirim/ops/strided_view.hpp"

#include <algorithm>
#include <iterator>

#include "mirim/base/error.hpp"
#include "mirim/micro/copy.hpp"
#include "mirim/micro/slice_at.hpp"
#include "mirim/micro/strided_copy.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

// The six axes of a kernel, leading ones for a smaller rank.
template <class Params>
void set_axes(std::string_view op, const StridedView& axes, Params& params) {
  constexpr std::size_t kMost = std::size(Params{}.size);
  const std::size_t used = axes.size.size();
  if (used > kMost) fail("{}: moves along {} separate axes, the device kernel has {}", op, used, kMost);
  params.first = device_int(op, axes.first);
  const std::int64_t elements = device_int(op, axes.elements());
  for (std::size_t k = 0; k < kMost; ++k) {
    const bool present = k + used >= kMost;
    const std::size_t d = present ? k + used - kMost : 0;
    params.size[k] = elements == 0 ? 0 : present ? device_int(op, axes.size[d]) : 1;
    params.stride[k] = present ? device_int(op, axes.stride[d]) : 0;
  }
}

}  // namespace

std::int64_t StridedView::elements() const { return Shape(size).elements(); }

StridedView StridedView::merged() const {
  StridedView result{.size = {}, .stride = {}, .first = first};
  for (std::size_t d = 0; d < size.size(); ++d) {
    if (size[d] == 1) continue;
    if (!result.size.empty() && result.stride.back() == stride[d] * size[d]) {
      result.size.back() *= size[d];
      result.stride.back() = stride[d];
    } else {
      result.size.push_back(size[d]);
      result.stride.push_back(stride[d]);
    }
  }
  return result;
}

std::vector<std::int64_t> dense_strides(const Shape& shape) {
  std::vector<std::int64_t> strides(static_cast<std::size_t>(shape.rank()));
  std::int64_t stride = 1;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    strides[static_cast<std::size_t>(d)] = stride;
    stride *= shape[d];
  }
  return strides;
}

KernelCall lower_copy(std::string_view op, Types in, int i) {
  KernelCall call =
      make_kernel_call("mirim/micro/copy.hpp", "copy", "CopyParams", &micro::copy,
                       {.bytes = device_int(op, in[i].type->bytes())}, {kernel_input(i), kernel_output(0)});
  call.may_overwrite = {i};
  call.copies = i == 0;  // the planner renames input 0 only
  return call;
}

KernelCall lower_strided_copy(std::string_view op, Types in, int i, const StridedView& view) {
  device_int(op, in[i].type->bytes());
  const std::int64_t elements = view.elements();
  const StridedView axes = view.merged();
  const bool dense = axes.size.empty() || (axes.size.size() == 1 && axes.stride[0] == 1);
  if (dense && axes.first == 0 && elements == in[i].shape().elements()) return lower_copy(op, in, i);

  micro::StridedCopyParams params{};
  set_axes(op, axes, params);
  return with_element_type(op, in[i].dtype(), [&]<class T>() {
    return make_kernel_call("mirim/micro/strided_copy.hpp", "strided_copy", "StridedCopyParams",
                            &micro::strided_copy<T>, params, {kernel_input(i), kernel_output(0)});
  });
}

KernelCall lower_strided_copy_at(std::string_view op, Types in, int i, const StridedView& view, int positions,
                                 const std::vector<RunTimePosition>& moves) {
  device_int(op, in[i].type->bytes());
  micro::SliceAtParams params{};
  set_axes(op, view.merged(), params);
  const std::size_t most = std::size(params.most);
  if (moves.size() > most) fail("{}: {} positions, the device kernel has {}", op, moves.size(), most);
  params.positions = device_int(op, static_cast<std::int64_t>(moves.size()));
  for (std::size_t k = 0; k < moves.size(); ++k) {
    params.position_stride[k] = device_int(op, moves[k].stride);
    params.most[k] = device_int(op, moves[k].most);
    params.from_end[k] = device_int(op, moves[k].from_end);
  }
  return with_element_type(op, in[i].dtype(), [&]<class T>() {
    const auto call = [&](auto kernel) {
      return make_kernel_call("mirim/micro/slice_at.hpp", "slice_at", "SliceAtParams", kernel, params,
                              {kernel_input(i), kernel_input(positions), kernel_output(0)});
    };
    return in[positions].dtype() == DType::int64 ? call(&micro::slice_at<T, std::int64_t>)
                                                 : call(&micro::slice_at<T, std::int32_t>);
  });
}

void backward_strided_copy(const StridedView& view, const ConstTensorView& dy, const TensorView& dx) {
  const auto above = dy.as<float>();
  const auto below = dx.as<float>();
  std::fill(below.begin(), below.end(), 0.0F);
  view.for_each([&](std::size_t to, std::size_t from) { below[from] += above[to]; });
}

}  // namespace mirim
