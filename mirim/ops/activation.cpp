#include "mirim/ops/activation.hpp"

#include <array>
#include <limits>

#include "mirim/base/error.hpp"

namespace mirim {
namespace {

constexpr std::array<std::string_view, 6> kNames{"NONE", "RELU", "RELU_N1_TO_1", "RELU6", "TANH", "SIGN_BIT"};

}  // namespace

std::span<const std::string_view> enum_names(Activation) { return kNames; }

bool is_interval(Activation activation) { return activation != Activation::tanh && activation != Activation::sign_bit; }

ActivationRange activation_range(std::string_view op, Activation activation) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (activation) {
    case Activation::none:
      return {-kInfinity, kInfinity};
    case Activation::relu:
      return {0, kInfinity};
    case Activation::relu_n1_to_1:
      return {-1, 1};
    case Activation::relu6:
      return {0, 6};
    case Activation::tanh:
    case Activation::sign_bit:
      break;
  }
  fail("{}: fused activation {} is not supported, put a node of its own after it", op,
       kNames[static_cast<std::size_t>(activation)]);
}

}  // namespace mirim
