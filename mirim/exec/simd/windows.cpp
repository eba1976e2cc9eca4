#include "mirim/exec/simd/windows.hpp"

#include <memory>
#include <vector>

#include "mirim/exec/simd/window_kernels.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/pool2d.hpp"

namespace mirim::simd {
namespace {

ChannelWindows channel_windows(const BoundNode& bound, const Window& vertical, const Window& horizontal,
                               Activation activation) {
  const Shape& x = bound.x[0].shape();
  const ActivationRange range = activation_range(bound.node.op.name(), activation);
  return {.images = x[0],
          .height = x[1],
          .width = x[2],
          .channels = x[3],
          .vertical = vertical,
          .horizontal = horizontal,
          .least = range.least,
          .most = range.most};
}

}  // namespace

std::function<void()> prepare_depthwise(const BoundNode& bound) {
  const auto* op = bound.node.op.as<DepthwiseConv2d>();
  if (!op || !is_interval(op->activation) || bound.x[1].dtype() != DType::float32) return {};
  const Shape &x = bound.x[0].shape(), &w = bound.x[1].shape();
  if (x[3] != w[3] || x[3] == 0) return {};
  const auto windows =
      channel_windows(bound, slide(op->name, op->padding, x[1], w[1], op->stride.height, op->dilation.height),
                      slide(op->name, op->padding, x[2], w[2], op->stride.width, op->dilation.width), op->activation);
  const auto none = std::make_shared<std::vector<float>>(static_cast<std::size_t>(w[3]));
  return [windows, none, x = bound.x[0].as<float>().data(), weights = bound.x[1].as<float>().data(),
          bias = bound.x.has(2) ? bound.x[2].as<float>().data() : none->data(),
          y = bound.y[0].as<float>().data()] { depthwise(windows, weights, bias, x, y); };
}

std::function<void()> prepare_average_pool(const BoundNode& bound) {
  const auto* op = bound.node.op.as<AveragePool2d>();
  if (!op || !is_interval(op->activation) || bound.x[0].dtype() != DType::float32) return {};
  const Shape& x = bound.x[0].shape();
  const auto windows =
      channel_windows(bound, slide(op->name, op->padding, x[1], op->filter.height, op->stride.height, 1),
                      slide(op->name, op->padding, x[2], op->filter.width, op->stride.width, 1), op->activation);
  return [windows, x = bound.x[0].as<float>().data(), y = bound.y[0].as<float>().data()] { average(windows, x, y); };
}

}  // namespace mirim::simd
