#include "mirim/ops/broadcast.hpp"

#include <cassert>

#include "mirim/base/error.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

std::array<std::int64_t, kMostBroadcastDimensions> strides(const Shape& shape) {
  std::array<std::int64_t, kMostBroadcastDimensions> result{};
  std::int64_t stride = 1;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    if (shape[d] != 1) result[static_cast<std::size_t>(d + kMostBroadcastDimensions - shape.rank())] = stride;
    stride *= shape[d];
  }
  return result;
}

}  // namespace

Shape broadcast_shape(std::string_view op, Types in) {
  const Shape shape = in_context(std::string(op), [&] { return broadcast(in[0].shape(), in[1].shape()); });
  if (shape.rank() > kMostBroadcastDimensions) {
    fail("{}: {} dimensions, supported are at most {}", op, shape.rank(), kMostBroadcastDimensions);
  }
  return shape;
}

Broadcasting::Broadcasting(const Shape& out, const Shape& a, const Shape& b)
    : size{}, stride_a(strides(a)), stride_b(strides(b)) {
  assert(out.rank() <= kMostBroadcastDimensions);
  size.fill(1);
  for (int d = 0; d < out.rank(); ++d) {
    size[static_cast<std::size_t>(d + kMostBroadcastDimensions - out.rank())] = out[d];
  }
}

DeviceBroadcast device_broadcast(std::string_view op, const Shape& out, const std::vector<Shape>& operands) {
  struct Axis {
    std::int64_t size;
    std::vector<std::int64_t> stride;  // by operand
  };
  std::vector<std::array<std::int64_t, kMostBroadcastDimensions>> stride;
  for (const Shape& operand : operands) stride.push_back(strides(operand));
  std::vector<Axis> axes;
  for (int d = 0; d < out.rank(); ++d) {
    if (out[d] == 1) continue;
    Axis axis{out[d], {}};
    for (const auto& of_operand : stride) {
      axis.stride.push_back(of_operand[static_cast<std::size_t>(d + kMostBroadcastDimensions - out.rank())]);
    }
    bool follows = !axes.empty();
    for (std::size_t i = 0; follows && i < operands.size(); ++i) {
      follows = axes.back().stride[i] == axis.stride[i] * axis.size;
    }
    if (follows) axis.size *= axes.back().size;
    if (follows) axes.pop_back();
    axes.push_back(std::move(axis));
  }
  constexpr std::size_t kMost = kDeviceBroadcastDimensions;
  if (axes.size() > kMost) {
    fail("{}: operands repeat along {} separate axes, the device kernel has {}", op, axes.size(), kMost);
  }
  DeviceBroadcast result;
  result.size.fill(1);
  result.stride.assign(operands.size(), {});
  for (std::size_t k = 0; k < axes.size(); ++k) {
    const std::size_t to = kMost - axes.size() + k;
    result.size[to] = device_int(op, axes[k].size);
    for (std::size_t i = 0; i < operands.size(); ++i) result.stride[i][to] = device_int(op, axes[k].stride[i]);
  }
  return result;
}

}  // namespace mirim
