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

StridedView sliced(Types in) {
  const Shape& x = in[0].shape();
  const auto begin = require_constant_indices(Slice::name, in, 1), size = require_constant_indices(Slice::name, in, 2);
  const auto rank = static_cast<std::size_t>(x.rank());
  if (begin.size() != rank || size.size() != rank || x.rank() > kMostDimensions) {
    fail("{}: {} begins and {} sizes for {}, expected one for each of at most {} dimensions", Slice::name, begin.size(),
         size.size(), describe_input(in, 0), kMostDimensions);
  }
  StridedView view{.size = {}, .stride = dense_strides(x)};
  for (std::size_t d = 0; d < rank; ++d) {
    const std::int64_t length = x[static_cast<int>(d)];
    const std::int64_t count = size[d] == -1 ? length - begin[d] : size[d];
    if (begin[d] < 0 || count < 0 || begin[d] > length || count > length - begin[d]) {
      fail("{}: {} elements from {} on of an axis of {}", Slice::name, size[d], begin[d], length);
    }
    view.size.push_back(count);
    view.first += begin[d] * view.stride[d];
  }
  return view;
}

}  // namespace

std::vector<TensorType> Slice::infer(Types in) const {
  require_inputs(name, in, 3);
  require_element_type(name, in, 0);
  return {{in[0].dtype(), Shape(sliced(in).size)}};
}

void Slice::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Slice::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_strided_copy(sliced(Types(operands_of(x))), dy[0], dx[0]);
}

QuantizationRule Slice::quantization(Types) const { return {.same_scale = true}; }

KernelCall Slice::lower(Types in, Types) const { return lower_strided_copy(name, in, 0, sliced(in)); }

int Slice::tflite_version(Types in, Types) const {
  if (in[0].shape().rank() > 4) return 5;
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int16, 4}});
}

template <>
Op default_op<Slice>() {
  return Slice{};
}

}  // namespace mirim
