#include "mirim/ops/broadcast_to.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 8;

StridedView stretched(Types in) {
  const Shape& x = in[0].shape();
  const Shape to(require_constant_indices(BroadcastTo::name, in, 1));
  in_context(std::string(BroadcastTo::name), [&] { return to.elements(); });
  const int front = to.rank() - x.rank();
  if (front < 0 || to.rank() > kMostDimensions) {
    fail("{}: {} to [{}], expected as many dimensions or more, and at most {}", BroadcastTo::name,
         describe_input(in, 0), to_string(to), kMostDimensions);
  }
  const auto strides = dense_strides(x);
  StridedView view{.size = to.dimensions(), .stride = std::vector<std::int64_t>(to.dimensions().size(), 0)};
  for (int d = 0; d < x.rank(); ++d) {
    if (x[d] != 1 && x[d] != to[front + d]) {
      fail("{}: {} cannot be repeated to [{}]", BroadcastTo::name, describe_input(in, 0), to_string(to));
    }
    if (x[d] != 1) view.stride[static_cast<std::size_t>(front + d)] = strides[static_cast<std::size_t>(d)];
  }
  return view;
}

}  // namespace

std::vector<TensorType> BroadcastTo::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  return {{in[0].dtype(), Shape(stretched(in).size)}};
}

void BroadcastTo::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void BroadcastTo::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_strided_copy(stretched(Types(operands_of(x))), dy[0], dx[0]);
}

QuantizationRule BroadcastTo::quantization(Types) const { return {.same_scale = true}; }

KernelCall BroadcastTo::lower(Types in, Types) const { return lower_strided_copy(name, in, 0, stretched(in)); }

int BroadcastTo::tflite_version(Types in, Types) const {
  return in[0].dtype() == DType::int8 || in[0].dtype() == DType::int16 ? 3 : 2;
}

template <>
Op default_op<BroadcastTo>() {
  return BroadcastTo{};
}

}  // namespace mirim
