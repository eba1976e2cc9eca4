#pragma once

#include <optional>

#include "mirim/exec/onednn/memory.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"

namespace mirim::onednn {

/// A convolution as oneDNN describes it.
struct ConvolutionGeometry {
  dnnl::memory::dims strides, dilates, before, after;
  dnnl::memory::dims dimensions;  ///< of the weights
  dnnl::memory::desc weights;     ///< as the graph stores them
};
/// x and w are the shapes of input and weights. Empty if the windows reach far (ops/window.hpp).
std::optional<ConvolutionGeometry> geometry(const Conv2d& op, const Shape& x, const Shape& w);
std::optional<ConvolutionGeometry> geometry(const DepthwiseConv2d& op, const Shape& x, const Shape& w);

/// Attributes of a primitive whose output is clamped to [least, most].
dnnl::primitive_attr clamping_attributes(float least, float most);

}  // namespace mirim::onednn
