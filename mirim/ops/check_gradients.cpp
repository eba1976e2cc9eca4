#include "mirim/ops/check_gradients.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>

#include "mirim/base/random.hpp"

namespace mirim {
namespace {

// Made by Tensor(): its type has an element.
bool is_empty(const Tensor& tensor) { return tensor.bytes.empty() && tensor.type.bytes() > 0; }

std::vector<ConstTensorView> const_views(const std::vector<Tensor>& tensors) {
  std::vector<ConstTensorView> views;
  for (const Tensor& tensor : tensors) views.push_back(is_empty(tensor) ? ConstTensorView{} : tensor.view());
  return views;
}

// Empty tensors are absent operands, or gradients that are not wanted.
std::vector<TensorView> views(std::vector<Tensor>& tensors) {
  std::vector<TensorView> result;
  for (Tensor& tensor : tensors) result.push_back(is_empty(tensor) ? TensorView{} : tensor.view());
  return result;
}

// An operator with its tensors, and the loss: the sum of r * y.
struct Bench {
  const Op& op;
  std::vector<Tensor> x, y, r;
  std::vector<int> variables;    // inputs that it also writes
  std::vector<Tensor> variable;  // what it writes there, so that x keeps what they begin with
  Bytes saved;
  std::uint64_t seed;

  Bench(const Op& checked, const std::vector<Tensor>& inputs, std::uint64_t state_seed)
      : op(checked), x(inputs), seed(state_seed) {
    std::vector<Operand> operands;
    for (const Tensor& input : x) operands.push_back(is_empty(input) ? Operand{} : input.operand());
    Random random(seed);
    for (const TensorType& type : op.infer(Types(operands))) {
      assert(type.dtype == DType::float32);
      y.emplace_back(type);
      r.emplace_back(type);
      for (float& weight : r.back().as<float>()) weight = random.normal();
    }
    saved.resize(static_cast<std::size_t>(op.saved_bytes(Types(operands))));
    variables = op.variables(Types(operands));
  }

  std::vector<TensorView> results() {
    variable.clear();
    for (const int i : variables) variable.push_back(x[static_cast<std::size_t>(i)]);
    auto out = views(y);
    for (Tensor& tensor : variable) out.push_back(tensor.view());
    return out;
  }

  double loss() {
    const auto in = const_views(x);
    const auto out = results();
    op.forward_training(Inputs(in), Outputs(out), {saved, seed});
    double sum = 0;
    for (std::size_t i = 0; i < y.size(); ++i) {
      const auto output = y[i].as<float>(), weights = r[i].as<float>();
      for (std::size_t e = 0; e < output.size(); ++e) sum += static_cast<double>(output[e]) * weights[e];
    }
    return sum;
  }

  // dL/dx for every float32 input, empty for the others.
  std::vector<Tensor> gradients() {
    loss();
    std::vector<Tensor> dx;
    for (const Tensor& input : x) {
      const bool wanted = input.type.dtype == DType::float32 && !is_empty(input);
      dx.push_back(wanted ? Tensor(input.type) : Tensor());
      // backward must write every element, not add to it.
      std::fill(dx.back().bytes.begin(), dx.back().bytes.end(), std::byte{0x77});
    }
    const auto in = const_views(x), out = const_views(y), above = const_views(r);
    const auto below = views(dx);
    op.backward(Inputs(in), Inputs(out), Inputs(above), Outputs(below), {saved, seed});
    return dx;
  }

  double difference(std::size_t input, std::size_t element, double step) {
    float& value = x[input].as<float>()[element];
    const float at = value;
    const auto above = static_cast<float>(at + step), below = static_cast<float>(at - step);
    value = above;
    const double more = loss();
    value = below;
    const double less = loss();
    value = at;
    return (more - less) / (static_cast<double>(above) - below);
  }
};

}  // namespace

GradientCheck check_gradients(const Op& op, const std::vector<Tensor>& inputs, std::uint64_t seed, double step) {
  Bench bench(op, inputs, seed);
  const std::vector<Tensor> gradients = bench.gradients();
  GradientCheck check;
  for (std::size_t i = 0; i < inputs.size(); ++i) {
    if (gradients[i].bytes.empty()) continue;
    const auto analytic = gradients[i].as<float>();
    std::vector<double> numeric(analytic.size()), doubt(analytic.size());
    double scale = 1;
    for (std::size_t e = 0; e < analytic.size(); ++e) {
      const double near = bench.difference(i, e, step), far = bench.difference(i, e, 2 * step);
      numeric[e] = (4 * near - far) / 3;
      doubt[e] = std::fabs(near - far);
      scale = std::max(scale, std::fabs(numeric[e]));
    }
    for (std::size_t e = 0; e < analytic.size(); ++e) {
      const double error = std::fabs(analytic[e] - numeric[e]) / scale;
      check.uncertainty = std::max(check.uncertainty, doubt[e] / scale);
      // Written so that NaN counts as the largest possible error.
      if (error <= check.error && check.input >= 0) continue;
      check.error = std::isnan(error) ? HUGE_VAL : error;
      check.input = static_cast<int>(i);
      check.element = static_cast<std::int64_t>(e);
      check.analytic = analytic[e];
      check.numeric = numeric[e];
    }
  }
  return check;
}

}  // namespace mirim
