#include "mirim/exec/simd/layers.hpp"
#include "mirim/exec/simd/tap_layer.hpp"
#include "mirim/ops/transpose_conv.hpp"

namespace mirim::simd {
namespace {

constexpr std::size_t kWeights = 1, kInput = 2, kBias = 3;

/// TRANSPOSE_CONV, by the products of the convolution from y to x.
class TransposedTapConvolution final : public TapLayer {
 public:
  TransposedTapConvolution(PlanBuilder& builder, const Node& node, const TapGeometry& g, const FollowingClamp& clamp)
      : TapLayer(builder, operands(node, g), TapProducts(g, true), clamp) {}

  void forward(bool) override {
    if (bias_.values) products_.wide_bias(bias_.values, blocked_bias());
    const auto after = then(bias_.values ? blocked_bias() : nullptr);
    products_.transpose(weights_.values, transposed());
    for_each_few([&](const Few& few) {
      products_.to_wide(transposed(), after, products_.framed_narrow(x(few), few.count, few.narrow), few.count, y(few));
    });
  }

  void backward() override {
    for_each_few_backward([&](const Few& few) {
      const float* above = products_.framed_wide(dy(few), few.count, few.wide);
      if (wants_dx_) products_.to_narrow(weights_.values, {}, above, few.count, dx(few));
      if (weights_.gradient) products_.add_weights_gradient(above, x(few), few.count, few.sums);
    });
  }

 private:
  static Operands operands(const Node& node, const TapGeometry& g) {
    return {.x = node.inputs[kInput],
            .weights = node.inputs[kWeights],
            .bias = node.inputs.size() > kBias ? node.inputs[kBias] : kNoValue,
            .x_image = g.y_image(),
            .y_image = g.x_image(),
            .y_channels = g.channels,
            .codec = {g.weights(), [g](const float* from, float* to) { to_transposed_blocks(g, from, to); },
                      [g](const float* from, float* to) { from_transposed_blocks(g, from, to); }}};
  }
};

}  // namespace

std::unique_ptr<Layer> make_transposed_convolution(PlanBuilder& builder, int node) {
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const auto* op = n.op.as<TransposeConv>();
  if (!op || graph[n.inputs[kInput]].is_constant() || !are_constants(graph, n, {kWeights, kBias})) return nullptr;
  const auto clamp = following_clamp(builder, node, op->activation);
  if (!clamp) return nullptr;
  const auto g = transposed_geometry(*op, graph[n.inputs[kInput]].type.shape, graph[n.inputs[kWeights]].type.shape,
                                     graph[n.outputs[0]].type.shape);
  if (!g) return nullptr;
  return std::make_unique<TransposedTapConvolution>(builder, n, *g, *clamp);
}

}  // namespace mirim::simd
