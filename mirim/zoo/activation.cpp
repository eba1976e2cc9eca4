#include "mirim/zoo/activation.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/leaky_relu.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {
namespace {

constexpr std::string_view kLinear = "linear";  // no operator at all

/// Null for "linear".
const Op* find(std::string_view name) {
  if (name == kLinear) return nullptr;
  for (const Op& op : all_operators().all()) {
    if (op.activation_name().name == name) return &op;
  }
  fail("unknown activation '{}'; {}", name, suggestion(name, activation_names()));
}

}  // namespace

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result{std::string(kLinear)};
    for (const Op& op : all_operators().all()) {
      if (!op.activation_name().name.empty()) result.emplace_back(op.activation_name().name);
    }
    return result;
  }();
  return names;
}

std::optional<Op> activation_op(std::string_view name, float alpha) {
  const Op* op = find(name);
  if (op == nullptr) return std::nullopt;
  if (op->is<LeakyRelu>()) return LeakyRelu{.alpha = alpha};
  return *op;
}

bool is_rectifier(std::string_view activation) {
  const Op* op = find(activation);
  return op != nullptr && op->activation_name().rectifier;
}

}  // namespace mirim
