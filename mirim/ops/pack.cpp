#include "mirim/ops/pack.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/parts.hpp"

namespace mirim {
namespace {

// The output's shape has the number of inputs at `axis`.
Shape packed_shape(const Shape& x, std::int32_t axis, int count) {
  const int at = normalize_axis(axis, x.rank() + 1);
  std::vector<std::int64_t> dimensions = x.dimensions();
  dimensions.insert(dimensions.begin() + at, count);
  return Shape(std::move(dimensions));
}

template <class List>
Parts parts_of(const List& inputs, std::int32_t axis) {
  const Shape& x = inputs[0].shape();
  return {packed_shape(x, axis, inputs.size()), normalize_axis(axis, x.rank() + 1),
          std::vector<std::int64_t>(static_cast<std::size_t>(inputs.size()), 1)};
}

}  // namespace

std::vector<TensorType> Pack::infer(Types in) const {
  if (in.size() < 1) fail("{}: has no inputs", name);
  require_inputs(name, in, in.size());
  require_element_type(name, in, 0);
  for (int i = 1; i < in.size(); ++i) {
    if (*in[i].type == *in[0].type) continue;
    fail("{}: {} and {}, expected one type and shape", name, describe_input(in, 0), describe_input(in, i));
  }
  return {{in[0].dtype(), in_context(std::string(name), [&] { return packed_shape(in[0].shape(), axis, in.size()); })}};
}

void Pack::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Pack::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  backward_join(parts_of(x, axis), dy[0], dx);
}

QuantizationRule Pack::quantization(Types) const { return {.same_scale = true}; }

KernelCall Pack::lower(Types in, Types) const { return lower_join(name, in[0].dtype(), parts_of(in, axis)); }

int Pack::tflite_version(Types in, Types) const {
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int16, 3}});
}

void Pack::options(Options& o) {
  o.field(0, "values_count", values_count, 0);
  o.field(1, "axis", axis, 0);
}

template <>
Op default_op<Pack>() {
  return Pack{};
}

}  // namespace mirim
