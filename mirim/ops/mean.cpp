#include "mirim/ops/mean.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "mirim/base/error.hpp"
#include "mirim/micro/mean.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 6;

std::array<bool, kMostDimensions> reduced_axes(const auto& axes, int rank) {
  std::array<bool, kMostDimensions> reduced{};
  for (const std::int64_t axis : axes) reduced[static_cast<std::size_t>(normalize_axis(axis, rank))] = true;
  return reduced;
}

// Calls f(x index, y index) for every element of x in order; returns how many elements of x one of y has.
template <class F>
std::int64_t for_each_pair(const Shape& x, std::span<const std::int32_t> axes, F f) {
  const auto reduced = reduced_axes(axes, x.rank());
  std::array<std::int64_t, kMostDimensions> stride{}, at{};
  std::int64_t outputs = 1, count = 1, total = 1;
  for (int d = x.rank() - 1; d >= 0; --d) {
    const auto i = static_cast<std::size_t>(d);
    total *= x[d];
    (reduced[i] ? count : outputs) *= x[d];
    stride[i] = reduced[i] ? 0 : outputs / x[d];
  }
  std::int64_t to = 0;
  for (std::int64_t from = 0; from < total; ++from) {
    f(static_cast<std::size_t>(from), static_cast<std::size_t>(to));
    for (int d = x.rank() - 1; d >= 0; --d) {
      const auto i = static_cast<std::size_t>(d);
      to += stride[i];
      if (++at[i] < x[d]) break;
      to -= stride[i] * x[d];
      at[i] = 0;
    }
  }
  return count;
}

// Neighbouring axes of one kind as one; more than three of each cannot alternate in six dimensions.
struct AxisGroups {
  std::vector<std::int64_t> kept_size, kept_stride, reduced_size, reduced_stride;
};

AxisGroups axis_groups(const Shape& x, const std::array<bool, kMostDimensions>& reduced) {
  AxisGroups groups;
  std::int64_t stride = x.elements();
  int last = -1;  // whether the axis before was reduced; -1 before the first
  for (int d = 0; d < x.rank(); ++d) {
    stride /= x[d];
    if (x[d] == 1) continue;
    const bool away = reduced[static_cast<std::size_t>(d)];
    auto& size = away ? groups.reduced_size : groups.kept_size;
    auto& strides = away ? groups.reduced_stride : groups.kept_stride;
    if (last == (away ? 1 : 0)) {
      size.back() *= x[d];
      strides.back() = stride;
    } else {
      size.push_back(x[d]);
      strides.push_back(stride);
    }
    last = away ? 1 : 0;
  }
  return groups;
}

// The values at the end of the device's three, `fill` in front.
void right_align(std::int32_t (&to)[3], const std::vector<std::int64_t>& values, std::int32_t fill) {
  for (std::size_t k = 0; k < 3; ++k) {
    to[k] = k + values.size() < 3 ? fill : device_int(Mean::name, values[k + values.size() - 3]);
  }
}

}  // namespace

std::vector<TensorType> Mean::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::float32, DType::int8});
  require_dtype(name, in, 1, {DType::int32});
  const auto axes = require_constant_indices(name, in, 1);
  const Shape& x = in[0].shape();
  if (x.rank() > kMostDimensions || x.elements() == 0) {
    fail("{}: {}, expected elements in at most {} dimensions", name, describe_input(in, 0), kMostDimensions);
  }
  const auto reduced = in_context(std::string(name), [&] { return reduced_axes(axes, x.rank()); });
  std::vector<std::int64_t> dimensions;
  for (int d = 0; d < x.rank(); ++d) {
    if (!reduced[static_cast<std::size_t>(d)]) {
      dimensions.push_back(x[d]);
    } else if (keep_dims) {
      dimensions.push_back(1);
    }
  }
  return {{in[0].dtype(), Shape(std::move(dimensions))}};
}

Cost Mean::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = in[0].shape().elements() + out[0].shape.elements(), .bytes_moved = bytes_moved(in, out)};
}

void Mean::forward(Inputs x, Outputs y) const {
  if (x[0].dtype() == DType::int8) return forward_lowered(*this, x, y);
  const auto input = x[0].as<float>();
  const auto output = y[0].as<float>();
  std::fill(output.begin(), output.end(), 0.0F);
  const std::int64_t count = for_each_pair(x[0].shape(), x[1].as<std::int32_t>(),
                                           [&](std::size_t from, std::size_t to) { output[to] += input[from]; });
  for (float& value : output) value /= static_cast<float>(count);
}

void Mean::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const auto above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  const auto count = static_cast<float>(x[0].shape().elements() / y[0].shape().elements());
  for_each_pair(x[0].shape(), x[1].as<std::int32_t>(),
                [&](std::size_t from, std::size_t to) { below[from] = above[to] / count; });
}

// The division by the count goes into the multiplier, as far as its bits allow.
QuantizationRule Mean::quantization(Types) const { return {.inputs = {{}, {.role = QuantizationRule::Role::index}}}; }

KernelCall Mean::lower(Types in, Types out) const {
  require_int8(name, in, out, 0, 0);
  const PerTensor input = per_tensor(name, "input", in[0]), output = per_tensor(name, "output", out[0]);
  const Shape& x = in[0].shape();
  const std::int64_t count = out[0].shape().elements() > 0 ? x.elements() / out[0].shape().elements() : 1;
  device_int(name, 255 * count);  // the sum, and the sum without its zero points
  const double real = static_cast<double>(input.scale) / static_cast<double>(output.scale);
  QuantizedMultiplier q = in_context(std::string(name), [&] { return quantize_multiplier(real); });
  const int bits = std::min(static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count))) - 1, 31 + q.shift);
  q.multiplier = static_cast<std::int32_t>((static_cast<std::int64_t>(q.multiplier) << bits) / count);
  q.shift -= bits;

  micro::MeanParams params{.kept_size = {},
                           .kept_stride = {},
                           .reduced_size = {},
                           .reduced_stride = {},
                           .input_zero_points = input.zero_point * device_int(name, count),
                           .output_offset = output.zero_point,
                           .multiplier = q.multiplier,
                           .shift = q.shift};
  const AxisGroups groups = axis_groups(x, reduced_axes(require_constant_indices(name, in, 1), x.rank()));
  right_align(params.kept_size, groups.kept_size, 1);
  right_align(params.kept_stride, groups.kept_stride, 0);
  right_align(params.reduced_size, groups.reduced_size, 1);
  right_align(params.reduced_stride, groups.reduced_stride, 0);
  return make_kernel_call("mirim/micro/mean.hpp", "mean", "MeanParams", &micro::mean, params,
                          {kernel_input(0), kernel_output(0)});
}

int Mean::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 ? 2 : 1; }

void Mean::options(Options& o) { o.field(0, "keep_dims", keep_dims, false); }

template <>
Op default_op<Mean>() {
  return Mean{};
}

}  // namespace mirim
