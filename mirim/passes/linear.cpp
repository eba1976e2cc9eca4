#include "mirim/passes/linear.hpp"

#include <cassert>

#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/transpose_conv.hpp"

namespace mirim {
namespace {

/// Reads, and with `replacement` writes, the option for the fused activation, which has one name in all TFLite
/// operators.
class ActivationOption final : public Options {
 public:
  std::optional<int> found;
  std::optional<int> replacement;

  void field(int, std::string_view, bool&, bool) override {}
  void field(int, std::string_view, std::int32_t&, std::int32_t) override {}
  void field(int, std::string_view, float&, float) override {}
  void field(int, std::string_view, std::vector<std::int32_t>&) override {}

 protected:
  void enumeration(int, std::string_view name, int& value, int, std::span<const std::string_view>) override {
    if (name != "fused_activation_function") return;
    found = value;
    value = replacement.value_or(value);
  }
};

}  // namespace

std::optional<Linear> linear(const Op& op) {
  if (op.is<Conv2d>()) return Linear{.output_axis = 0};
  if (op.is<DepthwiseConv2d>()) return Linear{.output_axis = 3};
  if (op.is<FullyConnected>()) return Linear{.output_axis = 0};
  if (op.is<TransposeConv>()) return Linear{.output_axis = 0, .input = 2, .weights = 1, .bias = 3};
  return std::nullopt;
}

ValueId bias_of(const Node& node, const Linear& operands) {
  return operands.bias < node.inputs.size() ? node.inputs[operands.bias] : kNoValue;
}

void set_bias(Node& node, const Linear& operands, ValueId bias) {
  node.inputs.resize(operands.bias + 1, kNoValue);
  node.inputs[operands.bias] = bias;
}

bool without_activation(const Op& op) { return fused_activation(op).value_or(0) == 0; }

std::optional<int> fused_activation(const Op& op) {
  ActivationOption option;
  op.options(option);
  return option.found;
}

void set_fused_activation(Op& op, int activation) {
  ActivationOption option;
  option.replacement = activation;
  op.options(option);
  assert(option.found);
}

}  // namespace mirim
