#pragma once

#include <gmock/gmock.h>

#include "mirim/base/random.hpp"
#include "mirim/ops/check_gradients.hpp"

namespace mirim::test {

inline std::vector<Operand> operands_of(const std::vector<Tensor>& tensors) {
  std::vector<Operand> result;
  for (const Tensor& tensor : tensors) result.push_back(tensor.operand());
  return result;
}

/// The first output's type for these inputs.
inline TensorType infer(const Op& op, const std::vector<Tensor>& inputs) {
  const auto in = operands_of(inputs);
  return op.infer(Types(in))[0];
}

/// The same with these inputs computed at run time: their elements are not known.
inline TensorType infer(const Op& op, const std::vector<Tensor>& inputs, const std::vector<std::size_t>& unknown) {
  auto in = operands_of(inputs);
  for (const std::size_t i : unknown) in[i].constant = {};
  return op.infer(Types(in))[0];
}

inline Cost cost(const Op& op, const std::vector<Tensor>& inputs) {
  const auto in = operands_of(inputs);
  return op.cost(Types(in));
}

inline int version(const Op& op, const std::vector<Tensor>& inputs, const Quantization& output = {}) {
  const auto in = operands_of(inputs);
  const TensorType type = op.infer(Types(in))[0];
  const std::vector<Operand> out{{&type, &output, {}}};
  return op.tflite_version(Types(in), Types(out));
}

/// Infers the output, runs forward and returns it.
inline Tensor run_op(const Op& op, const std::vector<Tensor>& inputs, Quantization output = {}) {
  std::vector<ConstTensorView> in;
  for (const Tensor& input : inputs) in.push_back(input.view());
  Tensor y(infer(op, inputs), std::move(output));
  const std::vector<TensorView> out{y.view()};
  op.forward(Inputs(in), Outputs(out));
  return y;
}

/// All outputs. `inputs` end with the operator's state, if it has one, which the run changes.
inline std::vector<Tensor> run_all(const Op& op, std::vector<Tensor>& inputs) {
  const auto operands = operands_of(inputs);
  std::vector<ConstTensorView> in;
  for (const Tensor& input : inputs) in.push_back(input.view());
  std::vector<Tensor> outputs;
  for (const TensorType& type : op.infer(Types(operands))) outputs.emplace_back(type);
  std::vector<TensorView> out;
  for (Tensor& output : outputs) out.push_back(output.view());
  for (const int state : op.variables(Types(operands))) out.push_back(inputs[static_cast<std::size_t>(state)].view());
  op.forward(Inputs(in), Outputs(out));
  return outputs;
}

/// The inputs with zeros for the state that the operator keeps.
inline std::vector<Tensor> with_states(const Op& op, std::vector<Tensor> inputs) {
  const auto operands = operands_of(inputs);
  for (const TensorType& state : op.hidden_states(Types(operands))) inputs.emplace_back(state);
  return inputs;
}

template <class T = float>
std::vector<T> values(const Tensor& tensor) {
  return {tensor.as<T>().begin(), tensor.as<T>().end()};
}

/// What the device's kernel gives where these inputs are computed at run time.
inline Tensor run_op_at_run_time(const Op& op, const std::vector<Tensor>& inputs,
                                 const std::vector<std::size_t>& unknown) {
  auto in = operands_of(inputs);
  for (const std::size_t i : unknown) in[i].constant = {};
  Tensor y(op.infer(Types(in))[0]);
  const std::vector<Operand> out{{&y.type, &y.quantization, {}}};
  const KernelCall call = op.lower(Types(in), Types(out));
  std::vector<ConstTensorView> given;
  for (const Tensor& input : inputs) given.push_back(input.view());
  const std::vector<TensorView> made{y.view()};
  run(call, Inputs(given), Outputs(made));
  return y;
}

/// The floats that run_op gives.
inline std::vector<float> floats(const Op& op, const std::vector<Tensor>& inputs) { return values(run_op(op, inputs)); }

inline Tensor tensor(Shape shape, const std::vector<float>& elements) { return {std::move(shape), elements}; }
inline Tensor indices(Shape shape, const std::vector<std::int32_t>& elements) { return {std::move(shape), elements}; }

/// Normal floats, none closer to 0 than 0.1: there the gradients of ReLU and its like have a kink.
inline Tensor random_tensor(Shape shape, std::uint64_t seed) {
  Random random(seed);
  Tensor result(TensorType{DType::float32, std::move(shape)});
  for (float& value : result.as<float>()) {
    value = random.normal();
    if (value > -0.1F && value < 0.1F) value += value < 0 ? -0.1F : 0.1F;
  }
  return result;
}

/// Elements shuffled from 0, 1, 2, ...: no two alike, so that a maximum is a clear one.
inline Tensor distinct_tensor(Shape shape, std::uint64_t seed) {
  Random random(seed);
  Tensor result(TensorType{DType::float32, std::move(shape)});
  const auto elements = result.as<float>();
  for (std::size_t i = 0; i < elements.size(); ++i) {
    const auto j = static_cast<std::size_t>(random.below(static_cast<std::int64_t>(i) + 1));
    elements[i] = elements[j];
    elements[j] = static_cast<float>(i);
  }
  return result;
}

/// The analytic gradient is the numeric one, where two step sizes agree on that.
inline void expect_gradients(const Op& op, const std::vector<Tensor>& inputs, double tolerance = 2e-3) {
  const GradientCheck check = check_gradients(op, inputs);
  EXPECT_LT(check.uncertainty, 10 * tolerance) << op.name() << ": the test's own inputs are on a kink";
  EXPECT_LT(check.error, tolerance) << op.name() << " input " << check.input << " element " << check.element
                                    << ": analytic " << check.analytic << ", numeric " << check.numeric;
}

}  // namespace mirim::test
