#include "mirim/ops/pad.hpp"

#include <algorithm>
#include <array>

#include "mirim/base/error.hpp"
#include "mirim/micro/pad.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/element_type.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 6;

// Calls f(x index, y index, count) for every row of x, a run of the last dimension; `before(d)` is the padding before
// dimension d.
template <class Before, class F>
void for_each_row(const Shape& x, const Shape& y, Before before, F f) {
  const int last = x.rank() - 1;
  std::array<std::int64_t, kMostDimensions> at{};
  std::int64_t rows = 1;
  for (int d = 0; d < last; ++d) rows *= x[d];
  for (std::int64_t row = 0; row < rows; ++row) {
    std::int64_t to = 0;
    for (int d = 0; d <= last; ++d) to = to * y[d] + at[static_cast<std::size_t>(d)] + before(d);
    f(row * x[last], to, x[last]);
    for (int d = last - 1; d >= 0; --d) {
      if (++at[static_cast<std::size_t>(d)] < x[d]) break;
      at[static_cast<std::size_t>(d)] = 0;
    }
  }
}

// The padding before a dimension, from input 1 of either type.
std::int64_t before(Inputs x, int dimension) {
  const auto i = static_cast<std::size_t>(2 * dimension);
  return x[1].dtype() == DType::int64 ? x[1].as<std::int64_t>()[i] : x[1].as<std::int32_t>()[i];
}

// The output's type, from the paddings in input 1.
std::vector<TensorType> infer_pad(std::string_view op, Types in) {
  require_element_type(op, in, 0);
  const auto paddings = require_constant_indices(op, in, 1);
  Shape shape = in[0].shape();
  if (shape.rank() < 1 || shape.rank() > kMostDimensions) {
    fail("{}: {}, expected 1 to {} dimensions", op, describe_input(in, 0), kMostDimensions);
  }
  if (in[1].shape() != Shape{shape.rank(), 2}) {
    fail("{}: the paddings are [{}], expected [{}x2]", op, to_string(in[1].shape()), shape.rank());
  }
  for (int d = 0; d < shape.rank(); ++d) {
    for (std::size_t i = 0; i < 2; ++i) {
      const std::int64_t padding = paddings[2 * static_cast<std::size_t>(d) + i];
      if (padding < 0 || padding > INT32_MAX) fail("{}: dimension {} has the padding {}", op, d, padding);
      shape[d] += padding;
    }
  }
  in_context(std::string(op), [&] { return shape.elements(); });
  return {{in[0].dtype(), shape}};
}

// The kernel's call with this value, of type T, around x.
template <class T>
KernelCall lower_pad(std::string_view op, Types in, Types out, T value) {
  device_int(op, out[0].type->bytes());
  const Shape& x = in[0].shape();
  const auto paddings = require_constant_indices(op, in, 1);
  std::vector<std::int64_t> size, front, back;
  for (int d = 0; d < x.rank(); ++d) {
    const auto i = 2 * static_cast<std::size_t>(d);
    if (!size.empty() && paddings[i] == 0 && paddings[i + 1] == 0) {
      // An axis without padding is merged into the previous one.
      for (auto* values : {&size, &front, &back}) values->back() *= x[d];
    } else {
      size.push_back(x[d]);
      front.push_back(paddings[i]);
      back.push_back(paddings[i + 1]);
    }
  }
  constexpr int kDeviceDimensions = 5;
  const int used = static_cast<int>(size.size());
  if (used > kDeviceDimensions)
    fail("{}: padding along {} axes, the device kernel has {}", op, used, kDeviceDimensions);
  micro::PadParams<T> params{.size = {1, 1, 1, 1, 1}, .before = {}, .after = {}, .value = value};
  for (int k = 0; k < used; ++k) {
    const int to = kDeviceDimensions - used + k;
    const auto from = static_cast<std::size_t>(k);
    params.size[to] = device_int(op, size[from]);
    params.before[to] = device_int(op, front[from]);
    params.after[to] = device_int(op, back[from]);
  }
  return make_kernel_call("mirim/micro/pad.hpp", "pad", "PadParams<" + std::string(c_type_of<T>()) + ">",
                          &micro::pad<T>, params, {kernel_input(0), kernel_output(0)});
}

int version_pad(Types in) {
  if (in[0].shape().rank() > 4) return 4;
  return version_by_type(in[0].dtype(), {{DType::int8, 2}, {DType::int16, 3}});
}

}  // namespace

std::vector<TensorType> Pad::infer(Types in) const {
  require_inputs(name, in, 2);
  return infer_pad(name, in);
}

std::vector<TensorType> PadV2::infer(Types in) const {
  require_inputs(name, in, 3);
  require_same_dtype(name, in, 0, 2);
  if (in[2].shape().elements() != 1) fail("{}: {}, expected one value", name, describe_input(in, 2));
  return infer_pad(name, in);
}

void Pad::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }
void PadV2::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void Pad::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const float* above = dy[0].as<float>().data();
  const auto below = dx[0].as<float>();
  for_each_row(
      x[0].shape(), y[0].shape(), [&](int d) { return before(x, d); },
      [&](std::int64_t from, std::int64_t to, std::int64_t count) {
        std::copy_n(above + to, count, below.begin() + from);
      });
}

QuantizationRule Pad::quantization(Types) const { return {.same_scale = true}; }

QuantizationRule PadV2::quantization(Types) const { return {.same_scale = true}; }

KernelCall Pad::lower(Types in, Types out) const {
  if (is_quantized(out[0])) require_same_quantization(name, in, out, 1);
  const std::int32_t zero = is_quantized(out[0]) ? per_tensor(name, "output", out[0]).zero_point : 0;
  return with_element_type(name, in[0].dtype(),
                           [&]<class T>() { return lower_pad<T>(name, in, out, static_cast<T>(zero)); });
}

KernelCall PadV2::lower(Types in, Types out) const {
  if (!in[2].is_constant()) fail("{}: {} and computed at run time, expected a constant", name, describe_input(in, 2));
  return with_element_type(name, in[0].dtype(),
                           [&]<class T>() { return lower_pad<T>(name, in, out, in[2].values<T>()[0]); });
}

int Pad::tflite_version(Types in, Types) const { return version_pad(in); }
int PadV2::tflite_version(Types in, Types) const { return version_pad(in); }

template <>
Op default_op<Pad>() {
  return Pad{};
}
template <>
Op default_op<PadV2>() {
  return PadV2{};
}

}  // namespace mirim
