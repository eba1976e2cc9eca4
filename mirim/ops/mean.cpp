#include "mirim/ops/mean.hpp"

#include <algorithm>
#include <array>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {
namespace {

constexpr int kMostDimensions = 6;

std::array<bool, kMostDimensions> reduced_axes(std::span<const std::int32_t> axes, int rank) {
  std::array<bool, kMostDimensions> reduced{};
  for (const std::int32_t axis : axes) reduced[static_cast<std::size_t>(normalize_axis(axis, rank))] = true;
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

}  // namespace

std::vector<TensorType> Mean::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::float32, DType::int8});
  require_dtype(name, in, 1, {DType::int32});
  require_constant_indices(name, in, 1);
  const Shape& x = in[0].shape();
  if (x.rank() > kMostDimensions || x.elements() == 0) {
    fail("{}: {}, expected elements in at most {} dimensions", name, describe_input(in, 0), kMostDimensions);
  }
  const auto reduced =
      in_context(std::string(name), [&] { return reduced_axes(in[1].values<std::int32_t>(), x.rank()); });
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

int Mean::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 ? 2 : 1; }

void Mean::options(Options& o) { o.field(0, "keep_dims", keep_dims, false); }

template <>
Op default_op<Mean>() {
  return Mean{};
}

}  // namespace mirim
