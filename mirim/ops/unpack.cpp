#include "mirim/ops/unpack.hpp"

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/parts.hpp"

namespace mirim {
namespace {

// A broken file's axis may be of any length, and each output is an entry.
constexpr std::int64_t kMostOutputs = 4096;

Parts parts_of(const Shape& x, std::int32_t axis) {
  const int at = normalize_axis(axis, x.rank());
  return {x, at, std::vector<std::int64_t>(static_cast<std::size_t>(x[at]), 1)};
}

}  // namespace

std::vector<TensorType> Unpack::infer(Types in) const {
  require_inputs(name, in, 1);
  require_element_type(name, in, 0);
  const Shape& x = in[0].shape();
  const int at = in_context(std::string(name), [&] { return normalize_axis(axis, x.rank()); });
  if (x[at] != num || num < 1 || num > kMostOutputs) {
    fail("{}: {}, to be cut into {} along axis {}, expected as many as it is long and 1 to {}", name,
         describe_input(in, 0), num, at, kMostOutputs);
  }
  std::vector<std::int64_t> dimensions = x.dimensions();
  dimensions.erase(dimensions.begin() + at);
  return std::vector<TensorType>(static_cast<std::size_t>(num), {in[0].dtype(), Shape(std::move(dimensions))});
}

void Unpack::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Unpack::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (dx.has(0)) backward_cut(parts_of(x[0].shape(), axis), dy, dx[0]);
}

QuantizationRule Unpack::quantization(Types) const { return {.same_scale = true}; }

KernelCall Unpack::lower(Types in, Types) const {
  return lower_cut(name, in[0].dtype(), 0, parts_of(in[0].shape(), axis));
}

int Unpack::tflite_version(Types in, Types) const {
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::uint8, 2}, {DType::boolean, 3}, {DType::int16, 4}});
}

void Unpack::options(Options& o) {
  o.field(0, "num", num, 0);
  o.field(1, "axis", axis, 0);
}

template <>
Op default_op<Unpack>() {
  return Unpack{};
}

}  // namespace mirim
