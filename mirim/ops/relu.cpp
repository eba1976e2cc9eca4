#include "mirim/ops/relu.hpp"

#include <algorithm>

#include "mirim/ops/all.hpp"

namespace mirim {

std::vector<TensorType> Relu::infer(Types in) const { return {*in[0].type}; }

Cost Relu::cost(Types in) const {
  return {.operations = in[0].shape().elements(), .bytes_moved = 2 * in[0].type->bytes()};
}

void Relu::forward(Inputs x, Outputs y) const {
  const auto in = x[0].as<float>();
  std::transform(in.begin(), in.end(), y[0].as<float>().begin(), [](float v) { return std::max(v, 0.0F); });
}

void Relu::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  const auto in = x[0].as<float>();
  for (std::size_t i = 0; i < in.size(); ++i) dx[0].as<float>()[i] = in[i] > 0 ? dy[0].as<float>()[i] : 0.0F;
}

template <>
Op default_op<Relu>() {
  return Relu{};
}

}  // namespace mirim
