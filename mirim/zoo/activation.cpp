#include "mirim/zoo/activation.hpp"

#include "mirim/base/error.hpp"
#include "mirim/base/spelling.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/gelu.hpp"
#include "mirim/ops/leaky_relu.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/zoo/builder.hpp"

namespace mirim {
namespace {

struct Named {
  std::string name;
  std::optional<Op> op;
  bool rectifier = false;
};

const std::vector<Named>& table() {
  static const std::vector<Named> activations = {
      {"step", Step{}},
      {"linear", std::nullopt},
      {"sigmoid", Logistic{}},
      {"tanh", Tanh{}},
      {"relu", Relu{}, true},
      {"relu6", Relu6{}, true},
      {"leaky_relu", LeakyRelu{}, true},
      {"prelu", Prelu{}, true},
      {"elu", Elu{}, true},
      {"selu", Selu{}},
      {"softplus", Softplus{}},
      {"softsign", Softsign{}},
      {"swish", Swish{}, true},
      {"hard_swish", HardSwish{}, true},
      {"gelu", Gelu{}, true},
      {"mish", Mish{}, true},
      {"softmax", Softmax{}},
  };
  return activations;
}

const Named& find(std::string_view name) {
  for (const Named& entry : table()) {
    if (entry.name == name) return entry;
  }
  fail("unknown activation '{}'; {}", name, suggestion(name, activation_names()));
}

}  // namespace

const std::vector<std::string>& activation_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> result;
    for (const Named& entry : table()) result.push_back(entry.name);
    return result;
  }();
  return names;
}

std::optional<Op> activation_op(std::string_view name, float alpha) {
  if (name == "leaky_relu") return LeakyRelu{.alpha = alpha};
  return find(name).op;
}

bool is_rectifier(std::string_view activation) { return find(activation).rectifier; }

}  // namespace mirim
