#include "mirim/exec/simd/layers.hpp"
#include "mirim/exec/simd/tap_layer.hpp"
#include "mirim/ops/conv2d.hpp"

namespace mirim::simd {
namespace {

/// CONV_2D with any groups, strides and dilations.
class TapConvolution final : public TapLayer {
 public:
  TapConvolution(PlanBuilder& builder, const Node& node, const TapGeometry& g, const FollowingClamp& clamp)
      : TapLayer(builder, operands(node, g), TapProducts(g, builder.wants_gradient(node.inputs[0])), clamp) {}

  void forward(bool) override {
    if (bias_.values) products_.narrow_bias(bias_.values, blocked_bias());
    const auto after = then(bias_.values ? blocked_bias() : nullptr);
    for_each_few([&](const Few& few) {
      products_.to_narrow(weights_.values, after, products_.framed_wide(x(few), few.count, few.wide), few.count,
                          y(few));
    });
  }

  void backward() override {
    if (wants_dx_) products_.transpose(weights_.values, transposed());
    for_each_few_backward([&](const Few& few) {
      if (wants_dx_) {
        products_.to_wide(transposed(), {}, products_.framed_narrow(dy(few), few.count, few.narrow), few.count,
                          dx(few));
      }
      if (!weights_.gradient) return;
      products_.add_weights_gradient(products_.framed_wide(x(few), few.count, few.wide), dy(few), few.count, few.sums);
    });
  }

 private:
  static Operands operands(const Node& node, const TapGeometry& g) {
    return {.x = node.inputs[0],
            .weights = node.inputs[1],
            .bias = node.inputs.size() > 2 ? node.inputs[2] : kNoValue,
            .x_image = g.x_image(),
            .y_image = g.y_image(),
            .y_channels = g.outputs,
            .codec = {g.weights(), [g](const float* from, float* to) { to_blocks(g, from, to); },
                      [g](const float* from, float* to) { from_blocks(g, from, to); }}};
  }
};

}  // namespace

std::unique_ptr<Layer> make_convolution(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* op = n.op.as<Conv2d>();
  if (!op || !are_constants(graph, n, {1, 2})) return nullptr;
  const auto clamp = following_clamp(builder, node, op->activation);
  if (!clamp) return nullptr;
  const Shape &x = graph[n.inputs[0]].type.shape, &w = graph[n.inputs[1]].type.shape;
  if (reaches_far(x[1], w[1], op->dilation.height) || reaches_far(x[2], w[2], op->dilation.width)) return nullptr;
  const TapGeometry g{.images = x[0],
                      .height = x[1],
                      .width = x[2],
                      .channels = x[3],
                      .outputs = w[0],
                      .groups = x[3] / w[3],
                      .vertical = slide(op->name, op->padding, x[1], w[1], op->stride.height, op->dilation.height),
                      .horizontal = slide(op->name, op->padding, x[2], w[2], op->stride.width, op->dilation.width)};
  return std::make_unique<TapConvolution>(builder, n, column_as_row(g), *clamp);
}

}  // namespace mirim::simd
