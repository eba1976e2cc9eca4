#include <array>
#include <cmath>
#include <limits>

#include "mirim/exec/layer.hpp"
#include "mirim/exec/onednn/layers.hpp"
#include "mirim/exec/simd/layers.hpp"

namespace mirim {
namespace {

constexpr std::array kMakers{
    LayerMaker{"oneDNN convolution", &onednn::make_convolution},
    LayerMaker{"convolution", &simd::make_convolution},
    LayerMaker{"transposed convolution", &simd::make_transposed_convolution},
    LayerMaker{"depthwise", &simd::make_depthwise},
    LayerMaker{"batch normalization", &simd::make_batch_norm},
    LayerMaker{"oneDNN batch normalization", &onednn::make_batch_norm},
    LayerMaker{"pooling", &simd::make_pooling},
    LayerMaker{"dense", &simd::make_dense},
    LayerMaker{"recurrent", &simd::make_recurrent},
    LayerMaker{"clamp", &simd::make_clamp},
    LayerMaker{"sum", &simd::make_sum},
    LayerMaker{"curve", &simd::make_curve},
    LayerMaker{"with constant", &simd::make_with_constant},
    LayerMaker{"global average", &simd::make_global_average},
    LayerMaker{"reshape", &simd::make_reshape},
    LayerMaker{"plain", &make_plain_layer},
};

constexpr float kInfinity = std::numeric_limits<float>::infinity();

}  // namespace

std::span<const LayerMaker> layer_makers() { return kMakers; }

bool FollowingClamp::bounded() const { return least > -kInfinity || most < kInfinity; }

std::optional<FollowingClamp> following_clamp(const PlanBuilder& builder, int node, Activation activation) {
  if (activation == Activation::tanh || activation == Activation::sign_bit) return std::nullopt;
  const Graph& graph = builder.graph();
  const Node& n = graph.nodes[static_cast<std::size_t>(node)];
  const ActivationRange range = activation_range(n.op.name(), activation);
  FollowingClamp clamp{range.least, range.most, n.outputs[0]};
  if (activation != Activation::none) return clamp;
  const int reader = builder.only_reader(n.outputs[0]);
  if (reader < 0) return clamp;
  const Node& next = graph.nodes[static_cast<std::size_t>(reader)];
  const bool relu6 = next.op.name() == "RELU6";
  if (relu6 || next.op.name() == "RELU") return FollowingClamp{0, relu6 ? 6 : kInfinity, next.outputs[0], reader};
  return clamp;
}

}  // namespace mirim
