#include "mirim/ops/concatenation.hpp"

#include <algorithm>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

// Calls f(input, its index, y index, count) for every run of elements that stands together in input and output.
template <class List, class F>
void for_each_run(const List& inputs, const Shape& y, int axis, F f) {
  std::int64_t outer = 1, inner = 1;
  for (int d = 0; d < axis; ++d) outer *= y[d];
  for (int d = axis + 1; d < y.rank(); ++d) inner *= y[d];
  std::int64_t to = 0;
  for (std::int64_t row = 0; row < outer; ++row) {
    for (int i = 0; i < inputs.size(); ++i) {
      const std::int64_t count = inputs[i].shape()[axis] * inner;
      f(i, row * count, to, count);
      to += count;
    }
  }
}

}  // namespace

std::vector<TensorType> Concatenation::infer(Types in) const {
  if (in.size() < 1) fail("{}: has no inputs", name);
  require_inputs(name, in, in.size());
  require_dtype(name, in, 0, {DType::float32, DType::int8});
  if (activation != Activation::none) fail("{}: has a fused activation, TFLite supports none here", name);
  Shape shape = in[0].shape();
  const int along = in_context(std::string(name), [&] { return normalize_axis(axis, shape.rank()); });
  for (int i = 1; i < in.size(); ++i) {
    require_same_dtype(name, in, 0, i);
    Shape other = in[i].shape();
    const std::int64_t length = other.rank() == shape.rank() ? std::exchange(other[along], shape[along]) : 0;
    if (other != shape) {
      fail("{}: {} and {} differ outside axis {}", name, describe_input(in, 0), describe_input(in, i), along);
    }
    shape[along] += length;
  }
  return {{in[0].dtype(), shape}};
}

Cost Concatenation::cost(Types in) const { return {.bytes_moved = bytes_moved(in, infer(in))}; }

void Concatenation::forward(Inputs x, Outputs y) const {
  const auto output = y[0].as<float>();
  for_each_run(x, y[0].shape(), normalize_axis(axis, y[0].shape().rank()),
               [&](int i, std::int64_t from, std::int64_t to, std::int64_t count) {
                 std::copy_n(x[i].as<float>().begin() + from, count, output.begin() + to);
               });
}

void Concatenation::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  const auto above = dy[0].as<float>();
  for_each_run(x, y[0].shape(), normalize_axis(axis, y[0].shape().rank()),
               [&](int i, std::int64_t from, std::int64_t to, std::int64_t count) {
                 if (dx.has(i)) std::copy_n(above.begin() + to, count, dx[i].as<float>().begin() + from);
               });
}

int Concatenation::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 ? 2 : 1; }

void Concatenation::options(Options& o) {
  o.field(0, "axis", axis, 0);
  o.field(1, "fused_activation_function", activation, Activation::none);
}

template <>
Op default_op<Concatenation>() {
  return Concatenation{};
}

}  // namespace mirim
