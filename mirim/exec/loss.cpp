#include "mirim/exec/loss.hpp"

#include <algorithm>

namespace mirim {

std::string_view name(Loss::Kind kind) {
  switch (kind) {
    case Loss::Kind::softmax_cross_entropy:
      return "cross_entropy";
    case Loss::Kind::binary_cross_entropy:
      return "binary_cross_entropy";
    case Loss::Kind::mean_squared_error:
      return "mean_squared_error";
    case Loss::Kind::mean_absolute_error:
      return "mean_absolute_error";
    case Loss::Kind::huber:
      return "huber";
    case Loss::Kind::margin:
      return "margin";
  }
  return "";
}

int last_computation(const Graph& graph, ValueId value) {
  constexpr std::array<std::string_view, 5> kSeenThrough{"RESHAPE", "SQUEEZE", "EXPAND_DIMS", "QUANTIZE", "DEQUANTIZE"};
  const std::vector<int> makers = producers(graph);
  while (value != kNoValue) {
    const int maker = makers[static_cast<std::size_t>(value)];
    if (maker < 0) return -1;
    const Node& node = graph.nodes[static_cast<std::size_t>(maker)];
    if (std::ranges::find(kSeenThrough, node.op.name()) == kSeenThrough.end()) return maker;
    value = node.inputs.empty() ? kNoValue : node.inputs[0];
  }
  return -1;
}

}  // namespace mirim
