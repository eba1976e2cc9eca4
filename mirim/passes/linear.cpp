#include "mirim/passes/linear.hpp"

#include <cassert>

#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"

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
  return std::nullopt;
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
