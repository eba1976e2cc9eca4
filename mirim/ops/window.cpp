#include "mirim/ops/window.hpp"

#include <algorithm>
#include <array>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::array<std::string_view, 2> kNames{"SAME", "VALID"};

}  // namespace

std::span<const std::string_view> enum_names(Padding) { return kNames; }

Window slide(std::string_view op, Padding padding, std::int64_t input, std::int64_t filter, std::int64_t stride,
             std::int64_t dilation) {
  if (stride < 1) fail("{}: stride is {}, expected at least 1", op, stride);
  if (dilation < 1) fail("{}: dilation is {}, expected at least 1", op, dilation);
  // The upper bound keeps (filter - 1) * dilation far from overflow, even for a broken file.
  if (filter < 1 || filter > INT32_MAX) fail("{}: the filter's size is {}, expected at least 1", op, filter);
  const std::int64_t extent = (filter - 1) * dilation + 1;
  if (padding == Padding::valid) {
    if (extent > input) fail("{}: padding is VALID, but a window of {} does not fit into {}", op, extent, input);
    return {(input - extent) / stride + 1, 0, filter, stride, dilation};
  }
  const std::int64_t output = (input + stride - 1) / stride;
  const std::int64_t total = std::max<std::int64_t>(0, (output - 1) * stride + extent - input);
  return {output, total / 2, filter, stride, dilation};
}

}  // namespace mirim
