#include "mirim/ops/broadcast.hpp"

#include <cassert>

#include "mirim/base/error.hpp"

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

}  // namespace mirim
