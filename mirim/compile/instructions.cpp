#include "mirim/compile/instructions.hpp"

#include <algorithm>

#include "mirim/graph/known_values.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/pool2d.hpp"

namespace mirim {
namespace {

/// Instructions for one of each.
struct Factors {
  double convolved;  ///< product of CONV_2D
  double gathered;   ///< input of an output pixel of CONV_2D, widened once for all filters
  double depthwise;  ///< product of DEPTHWISE_CONV_2D
  double dense;      ///< product of any other layer
  double sum;        ///< finished and requantized
  double pooled;     ///< input of a pooling window
  double operation;  ///< any other
};

// Least squares of the relative errors over the layers of ic_resnet8, kws_dscnn, vww and micro_speech (int8) on QEMU's
// mps2 boards; depthwise products from sums of nine.
constexpr Factors kDsp{0.95, 9, 3, 1.63, 34, 2.6, 12.5};         // Cortex-M4, M7, M33: two products an instruction
constexpr Factors kLongProduct{3.0, 11, 5, 4.2, 75, 2.4, 23.6};  // Cortex-M3, and for want of an emulator the LX6
constexpr Factors kPlain{7.0, 16, 11.3, 9, 145, 3.9, 83};        // Cortex-M0, M0+: no 64-bit product to rescale with

const Factors& factors_of(const Target& target) {
  if (target.core.starts_with("Cortex-M0")) return kPlain;
  return target.core == "Cortex-M3" || target.core == "Xtensa LX6" ? kLongProduct : kDsp;
}

double of_layer(const Node& node, const Cost& cost, std::int64_t outputs, std::int64_t channels, const Factors& f) {
  const auto macs = static_cast<double>(cost.macs), sums = static_cast<double>(outputs);
  if (node.op.is<Conv2d>()) {
    return f.convolved * macs + f.gathered * macs / static_cast<double>(std::max<std::int64_t>(1, channels)) +
           f.sum * sums;
  }
  if (node.op.is<DepthwiseConv2d>()) return f.depthwise * macs + f.sum * sums;
  if (macs > 0) return f.dense * macs + f.sum * sums;
  const bool pools = node.op.is<AveragePool2d>() || node.op.is<MaxPool2d>();
  return (pools ? f.pooled : f.operation) * static_cast<double>(cost.operations);
}

}  // namespace

double estimate_instructions(const Graph& graph, const Target& target) {
  const Factors& factors = factors_of(target);
  KnownValues known(graph);
  double sum = 0;
  for (const Node& node : graph.nodes) {
    if (node.outputs.empty() || node.outputs[0] == kNoValue) continue;
    const Cost cost = node.op.cost(Types(known.operands(node.inputs)));
    known.learn(node);
    const Shape& y = graph[node.outputs[0]].type.shape;
    sum += of_layer(node, cost, y.elements(), y.rank() > 0 ? y.back() : 1, factors);
  }
  return sum;
}

}  // namespace mirim
