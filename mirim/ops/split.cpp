#include "mirim/ops/split.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/parts.hpp"

namespace mirim {
namespace {

// A broken file's axis may be of any length, and each output is an entry.
constexpr std::int64_t kMostOutputs = 4096;

struct Cut {
  int axis = 0;
  std::vector<std::int64_t> lengths;
};

int axis_of(std::string_view op, Types in, int i, const Shape& x) {
  const auto values = require_constant_indices(op, in, i);
  if (values.size() != 1) fail("{}: {}, expected one axis", op, describe_input(in, i));
  return in_context(std::string(op), [&] { return normalize_axis(values[0], x.rank()); });
}

Cut cut_of(const Split& op, Types in) {
  const Shape& x = in[1].shape();
  const int axis = axis_of(Split::name, in, 0, x);
  if (op.num_splits < 1 || op.num_splits > kMostOutputs || x[axis] % op.num_splits != 0) {
    fail("{}: {} cannot be cut into {} of one length along axis {}", Split::name, describe_input(in, 1), op.num_splits,
         axis);
  }
  return {axis, std::vector<std::int64_t>(static_cast<std::size_t>(op.num_splits), x[axis] / op.num_splits)};
}

Cut cut_of(const SplitV& op, Types in) {
  const Shape& x = in[0].shape();
  const int axis = axis_of(SplitV::name, in, 2, x);
  auto lengths = require_constant_indices(SplitV::name, in, 1);
  std::int64_t left = x[axis];
  std::int64_t* rest = nullptr;  // the length that is -1
  for (std::int64_t& length : lengths) {
    if (length == -1 && !rest) {
      rest = &length;
    } else if (length < 0 || length > left) {
      fail("{}: a length is {}, with {} left along axis {}", SplitV::name, length, left, axis);
    } else {
      left -= length;
    }
  }
  if (rest) *rest = std::exchange(left, 0);
  if (left != 0 || lengths.empty() || static_cast<std::int64_t>(lengths.size()) != op.num_splits) {
    fail("{}: {} lengths for {} outputs leave {} of {} along axis {}", SplitV::name, lengths.size(), op.num_splits,
         left, x[axis], axis);
  }
  return {axis, std::move(lengths)};
}

std::vector<TensorType> types_of(const Cut& cut, const TensorType& x) {
  std::vector<TensorType> types;
  for (const std::int64_t length : cut.lengths) {
    types.push_back(x);
    types.back().shape[cut.axis] = length;
  }
  return types;
}

template <class T>
Parts parts_of(const T& op, Types in, int data) {
  Cut cut = cut_of(op, in);
  return {in[data].shape(), cut.axis, std::move(cut.lengths)};
}

template <class T>
void backward_split(const T& op, Inputs x, Inputs dy, Outputs dx, int data) {
  for (const TensorView& gradient : dx) std::ranges::fill(gradient.bytes, std::byte{0});
  if (dx.has(data)) backward_cut(parts_of(op, Types(operands_of(x)), data), dy, dx[data]);
}

}  // namespace

std::vector<TensorType> Split::infer(Types in) const {
  require_inputs(name, in, 2);
  require_element_type(name, in, 1);
  return types_of(cut_of(*this, in), *in[1].type);
}

std::vector<TensorType> SplitV::infer(Types in) const {
  require_inputs(name, in, 3);
  require_element_type(name, in, 0);
  return types_of(cut_of(*this, in), *in[0].type);
}

void Split::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }
void SplitV::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Split::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  backward_split(*this, x, dy, dx, 1);
}
void SplitV::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  backward_split(*this, x, dy, dx, 0);
}

QuantizationRule Split::quantization(Types) const { return {.same_scale = true}; }
QuantizationRule SplitV::quantization(Types) const { return {.same_scale = true}; }

KernelCall Split::lower(Types in, Types) const { return lower_cut(name, in[1].dtype(), 1, parts_of(*this, in, 1)); }
KernelCall SplitV::lower(Types in, Types) const { return lower_cut(name, in[0].dtype(), 0, parts_of(*this, in, 0)); }

int Split::tflite_version(Types in, Types) const {
  return version_by_type(in[1].dtype(), {{DType::int8, 2}, {DType::int32, 3}, {DType::int16, 4}});
}
int SplitV::tflite_version(Types in, Types) const { return version_by_type(in[0].dtype(), {{DType::int8, 2}}); }

void Split::options(Options& o) { o.field(0, "num_splits", num_splits, 0); }
void SplitV::options(Options& o) { o.field(0, "num_splits", num_splits, 0); }

template <>
Op default_op<Split>() {
  return Split{};
}
template <>
Op default_op<SplitV>() {
  return SplitV{};
}

}  // namespace mirim
