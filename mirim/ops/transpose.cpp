#include "mirim/ops/transpose.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/strided_view.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 6;

StridedView transposed(Types in) {
  const Shape& x = in[0].shape();
  const auto perm = require_constant_indices(Transpose::name, in, 1);
  if (x.rank() > kMostDimensions || static_cast<int>(perm.size()) != x.rank()) {
    fail("{}: {} and a permutation of {} axes, expected as many and at most {}", Transpose::name, describe_input(in, 0),
         perm.size(), kMostDimensions);
  }
  const auto strides = dense_strides(x);
  std::vector<bool> seen(perm.size());
  StridedView view;
  for (const std::int64_t written : perm) {
    const int axis = in_context(std::string(Transpose::name), [&] { return normalize_axis(written, x.rank()); });
    const auto i = static_cast<std::size_t>(axis);
    if (seen[i]) fail("{}: axis {} stands twice in the permutation", Transpose::name, axis);
    seen[i] = true;
    view.size.push_back(x[axis]);
    view.stride.push_back(strides[i]);
  }
  return view;
}

}  // namespace

std::vector<TensorType> Transpose::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 0);
  return {{in[0].dtype(), Shape(transposed(in).size)}};
}

void Transpose::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Transpose::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_strided_copy(transposed(Types(operands_of(x))), dy[0], dx[0]);
}

QuantizationRule Transpose::quantization(Types) const { return {.same_scale = true}; }

KernelCall Transpose::lower(Types in, Types) const { return lower_strided_copy(name, in, 0, transposed(in)); }

int Transpose::tflite_version(Types in, Types) const {
  const int rank = in[0].shape().rank();
  if (rank > 5) return 6;
  if (in[0].dtype() == DType::int16) return 5;
  if (rank > 4) return 4;
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::boolean, 3}});
}

template <>
Op default_op<Transpose>() {
  return Transpose{};
}

}  // namespace mirim
