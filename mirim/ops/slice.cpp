#include "mirim/ops/slice.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 8;

bool begins_at_run_time(Types in) { return in[1].shape().elements() > 0 && !in[1].is_constant(); }

// The size of the result. Throws Error unless it is known and, if begin is known too, inside of x.
std::vector<std::int64_t> sizes_of(Types in) {
  const Shape& x = in[0].shape();
  require_dtype(Slice::name, in, 1, {DType::int32, DType::int64});
  auto size = require_constant_indices(Slice::name, in, 2);
  const auto rank = static_cast<std::size_t>(x.rank());
  if (in[1].shape().elements() != x.rank() || size.size() != rank || x.rank() > kMostDimensions) {
    fail("{}: {} begins and {} sizes for {}, expected one for each of at most {} dimensions", Slice::name,
         in[1].shape().elements(), size.size(), describe_input(in, 0), kMostDimensions);
  }
  const bool known = !begins_at_run_time(in);
  const auto begin = known ? require_constant_indices(Slice::name, in, 1) : std::vector<std::int64_t>(rank, 0);
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t length = x[static_cast<int>(d)];
    const std::int64_t count = size[d] == -1 ? length - begin[d] : size[d];
    if (begin[d] < 0 || count < 0 || begin[d] > length || count > length - begin[d]) {
      fail("{}: {} elements from {} on of an axis of {}", Slice::name, size[d], begin[d], length);
    }
    size[d] = count;
  }
  return size;
}

// Elements of this size from begin on; from 0 on, if it is computed at run time. A begin outside becomes the nearest
// inside: whoever runs the operator knows every begin.
StridedView sliced(Types in, const Shape& size) {
  const Shape& x = in[0].shape();
  StridedView view{.size = {size.begin(), size.end()}, .stride = dense_strides(x)};
  if (begins_at_run_time(in)) return view;
  const auto begin = require_constant_indices(Slice::name, in, 1);
  for (std::size_t d = 0; d < begin.size(); ++d) {
    const int axis = static_cast<int>(d);
    view.first += std::clamp<std::int64_t>(begin[d], 0, x[axis] - size[axis]) * view.stride[d];
  }
  return view;
}

}  // namespace

std::vector<TensorType> Slice::infer(Types in) const {
  require_inputs(name, in, 3);
  require_element_type(name, in, 0);
  return {{in[0].dtype(), Shape(sizes_of(in))}};
}

void Slice::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Slice::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_strided_copy(sliced(Types(operands_of(x)), dy[0].shape()), dy[0], dx[0]);
}

QuantizationRule Slice::quantization(Types) const { return {.same_scale = true}; }

KernelCall Slice::lower(Types in, Types out) const {
  const Shape &x = in[0].shape(), &size = out[0].shape();
  const StridedView view = sliced(in, size);
  if (!begins_at_run_time(in)) return lower_strided_copy(name, in, 0, view);
  std::vector<RunTimePosition> moves;
  for (int d = 0; d < x.rank(); ++d) {
    moves.push_back({.stride = view.stride[static_cast<std::size_t>(d)], .most = x[d] - size[d]});
  }
  return lower_strided_copy_at(name, in, 0, view, 1, moves);
}

int Slice::tflite_version(Types in, Types) const {
  if (in[0].shape().rank() > 4) return 5;
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int16, 4}});
}

template <>
Op default_op<Slice>() {
  return Slice{};
}

}  // namespace mirim
