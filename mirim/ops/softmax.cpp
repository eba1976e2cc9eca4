#include "mirim/ops/softmax.hpp"

#include <algorithm>
#include <cmath>

#include "mirim/base/error.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"

namespace mirim {

std::vector<TensorType> Softmax::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int8});
  if (in[0].shape().rank() < 1) fail("{}: {}, expected at least 1 dimension", name, describe_input(in, 0));
  return {*in[0].type};
}

Cost Softmax::cost(Types in) const {
  const auto out = infer(in);
  // Maximum, difference, exponential, sum and quotient.
  return {.operations = 5 * out[0].shape.elements(), .bytes_moved = bytes_moved(in, out)};
}

void Softmax::forward(Inputs x, Outputs y) const {
  const auto classes = static_cast<std::size_t>(x[0].shape().back());
  const auto input = x[0].as<float>();
  const auto output = y[0].as<float>();
  for (std::size_t row = 0; row < input.size(); row += classes) {
    const auto from = input.subspan(row, classes);
    const float largest = *std::max_element(from.begin(), from.end());
    float sum = 0;
    for (std::size_t c = 0; c < classes; ++c) {
      output[row + c] = std::exp((from[c] - largest) * beta);
      sum += output[row + c];
    }
    for (std::size_t c = 0; c < classes; ++c) output[row + c] /= sum;
  }
}

// dL/dx[c] = beta * y[c] * (dy[c] - sum over k of dy[k] * y[k])
void Softmax::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const auto classes = static_cast<std::size_t>(x[0].shape().back());
  const auto output = y[0].as<float>(), above = dy[0].as<float>();
  const auto below = dx[0].as<float>();
  for (std::size_t row = 0; row < output.size(); row += classes) {
    float dot = 0;
    for (std::size_t c = 0; c < classes; ++c) dot += above[row + c] * output[row + c];
    for (std::size_t c = 0; c < classes; ++c) below[row + c] = beta * output[row + c] * (above[row + c] - dot);
  }
}

int Softmax::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 ? 2 : 1; }

void Softmax::options(Options& o) { o.field(0, "beta", beta, 0.0F); }

template <>
Op default_op<Softmax>() {
  return Softmax{};
}

}  // namespace mirim
