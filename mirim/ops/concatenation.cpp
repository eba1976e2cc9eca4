#include "mirim/ops/concatenation.hpp"

#include <algorithm>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/micro/concatenation.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

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

template <std::size_t>
using Source = const std::int8_t*;

template <std::size_t... I>
KernelCall call_with(const micro::ConcatenationParams& params, std::index_sequence<I...>) {
  return make_kernel_call("mirim/micro/concatenation.hpp", "concatenation", "ConcatenationParams",
                          &micro::concatenation<Source<I>...>, params,
                          {kernel_output(0), kernel_input(static_cast<int>(I))...});
}

// The kernel for `inputs` inputs, at most N.
template <std::size_t N = micro::kMaxConcatenationInputs>
KernelCall call_for(std::size_t inputs, const micro::ConcatenationParams& params) {
  if constexpr (N > 1) {
    if (inputs < N) return call_for<N - 1>(inputs, params);
  }
  return call_with(params, std::make_index_sequence<N>());
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
  if (x[0].dtype() == DType::int8) return forward_lowered(*this, x, y);
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

QuantizationRule Concatenation::quantization(Types) const { return {.inputs = {{}}, .same_scale = true}; }

KernelCall Concatenation::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, in.size() - 1);
  require_same_quantization(name, in, out, in.size());
  if (in.size() > micro::kMaxConcatenationInputs) {
    fail("{}: {} inputs, the device kernel takes at most {}", name, in.size(), micro::kMaxConcatenationInputs);
  }
  const Shape& y = out[0].shape();
  const int along = normalize_axis(axis, y.rank());
  std::int64_t outer = 1, inner = 1;
  for (int d = 0; d < along; ++d) outer *= y[d];
  for (int d = along + 1; d < y.rank(); ++d) inner *= y[d];
  micro::ConcatenationParams params{.outer = device_int(name, outer), .part = {}};
  for (int i = 0; i < in.size(); ++i) params.part[i] = device_int(name, in[i].shape()[along] * inner);
  return call_for(static_cast<std::size_t>(in.size()), params);
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
