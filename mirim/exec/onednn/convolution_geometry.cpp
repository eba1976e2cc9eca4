#include "mirim/exec/onednn/convolution_geometry.hpp"

#include <cmath>

namespace mirim::onednn {
namespace {

using dnnl::memory;

memory::dim padding_after(const Window& window, std::int64_t input) {
  return (window.output - 1) * window.stride + (window.filter - 1) * window.dilation + 1 - input - window.before;
}

template <class Convolution>
std::optional<ConvolutionGeometry> sliding(const Convolution& op, const Shape& x, const Shape& w) {
  const Window rows = slide(op.name, op.padding, x[1], w[1], op.stride.height, op.dilation.height);
  const Window columns = slide(op.name, op.padding, x[2], w[2], op.stride.width, op.dilation.width);
  if (reaches_far(x[1], rows.filter, rows.dilation) || reaches_far(x[2], columns.filter, columns.dilation)) return {};
  return {{.strides = {op.stride.height, op.stride.width},
           .dilates = {op.dilation.height - 1, op.dilation.width - 1},
           .before = {rows.before, columns.before},
           .after = {padding_after(rows, x[1]), padding_after(columns, x[2])},
           .dimensions = {},
           .weights = {}}};
}

}  // namespace

std::optional<ConvolutionGeometry> geometry(const Conv2d& op, const Shape& x, const Shape& w) {
  std::optional<ConvolutionGeometry> g = sliding(op, x, w);
  if (!g) return g;
  g->dimensions = {w[0], w[3], w[1], w[2]};
  g->weights = {g->dimensions, memory::data_type::f32, memory::format_tag::ohwi};
  return g;
}

std::optional<ConvolutionGeometry> geometry(const DepthwiseConv2d& op, const Shape& x, const Shape& w) {
  std::optional<ConvolutionGeometry> g = sliding(op, x, w);
  if (!g) return g;
  const std::int64_t c = x[3];
  g->dimensions = {c, 1, 1, w[1], w[2]};
  g->weights = {g->dimensions, memory::data_type::f32, memory::dims{1, 1, 1, w[2] * c, c}};
  return g;
}

dnnl::primitive_attr clamping_attributes(float least, float most) {
  dnnl::primitive_attr attr = attributes();
  if (std::isinf(least) && std::isinf(most)) return attr;
  dnnl::post_ops after;
  if (least == 0 && std::isinf(most)) {
    after.append_eltwise(1, dnnl::algorithm::eltwise_relu, 0, 0);
  } else {
    after.append_eltwise(1, dnnl::algorithm::eltwise_clip, least, most);
  }
  attr.set_post_ops(after);
  return attr;
}

}  // namespace mirim::onednn
