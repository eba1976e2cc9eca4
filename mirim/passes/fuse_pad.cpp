#include "mirim/passes/fuse_pad.hpp"

#include "mirim/graph/match.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/pad.hpp"

namespace mirim {
namespace {

struct Geometry {
  Padding* padding;
  Size2d stride;
  Size2d dilation;
};

std::optional<Geometry> geometry(Op& op) {
  if (auto* conv = op.as<Conv2d>()) return Geometry{&conv->padding, conv->stride, conv->dilation};
  if (auto* conv = op.as<DepthwiseConv2d>()) return Geometry{&conv->padding, conv->stride, conv->dilation};
  return std::nullopt;
}

/// Whether zeros before and after `input` elements are those of SAME padding.
bool equals_same(std::int64_t input, std::int64_t before, std::int64_t after, std::int64_t filter, std::int64_t stride,
                 std::int64_t dilation) {
  if (before < 0 || after < 0) return false;
  const std::int64_t padded = input + before + after;
  if ((filter - 1) * dilation + 1 > padded) return false;
  const Window valid = slide("PAD", Padding::valid, padded, filter, stride, dilation);
  const Window same = slide("PAD", Padding::same, input, filter, stride, dilation);
  return valid.output == same.output && before == same.before;
}

bool fuse(Graph& graph, const Links& links, const Node& pad) {
  const ValueId x = pad.inputs[0];
  const ValueId padded = pad.outputs[0];
  const Value& paddings = graph[pad.inputs[1]];
  const int reader = links.only_reader(padded);
  if (reader < 0 || !paddings.is_constant() || paddings.type.dtype != DType::int32) return false;
  if (graph[x].type.shape.rank() != 4 || graph[x].quantization != graph[padded].quantization) return false;
  Node& conv = graph.nodes[static_cast<std::size_t>(reader)];
  const auto g = geometry(conv.op);
  if (!g || *g->padding != Padding::valid || conv.inputs[0] != padded) return false;
  const auto p = paddings.values<std::int32_t>();
  if (p.size() != 8 || p[0] != 0 || p[1] != 0 || p[6] != 0 || p[7] != 0) return false;
  const Shape& in = graph[x].type.shape;
  const Shape& w = graph[conv.inputs[1]].type.shape;
  if (!equals_same(in[1], p[2], p[3], w[1], g->stride.height, g->dilation.height) ||
      !equals_same(in[2], p[4], p[5], w[2], g->stride.width, g->dilation.width)) {
    return false;
  }
  *g->padding = Padding::same;
  conv.inputs[0] = x;
  return true;
}

}  // namespace

void fuse_pad(Graph& graph) {
  const Links links(graph);
  std::vector<char> dead(graph.nodes.size(), 0);
  for (std::size_t n = 0; n < graph.nodes.size(); ++n) {
    if (graph.nodes[n].op.is<Pad>() && fuse(graph, links, graph.nodes[n])) dead[n] = 1;
  }
  remove_nodes(graph, dead);
  remove_unused_values(graph);
}

}  // namespace mirim
