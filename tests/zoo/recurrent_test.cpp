// LSTM, GRU and simple recurrent layers against PyTorch's, with its weights (tests/zoo/peers/recurrent.py).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/exec/parameters.hpp"
#include "mirim/exec/training_plan.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/recurrent.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"
#include "mirim/ops/unidirectional_sequence_rnn.hpp"
#include "tests/zoo/golden.hpp"

namespace mirim {
namespace {

constexpr std::int64_t kBatch = 2, kSteps = 4, kInputs = 3, kUnits = 5;
constexpr float kOutputs = 1e-5F, kGradients = 1e-4F;

const Golden& golden() {
  static const Golden all("recurrent");
  return all;
}

void expect_near(std::span<const float> found, std::span<const float> expected, float tolerance,
                 const std::string& of) {
  ASSERT_EQ(found.size(), expected.size()) << of;
  for (std::size_t i = 0; i < found.size(); ++i) EXPECT_NEAR(found[i], expected[i], tolerance) << of << " " << i;
}

/// A layer with PyTorch's weights, by itself in a graph, and what PyTorch calls each trained operand.
struct Layer {
  Graph graph;
  std::vector<std::pair<int, std::string>> gradients;  // by operand
  std::vector<std::pair<int, std::string>> states;
};

Layer layer(const std::string& name, const Op& op) {
  Layer made;
  const auto operands = *recurrent_operands(op);
  std::vector<ValueId> inputs(static_cast<std::size_t>(operands.count), kNoValue);
  const auto put = [&](int at, Value value) {
    return inputs[static_cast<std::size_t>(at)] = made.graph.add(std::move(value));
  };
  made.graph.inputs = {put(0, {.name = "x", .type = {DType::float32, {kBatch, kSteps, kInputs}}})};
  const auto gates = [&](int first, const std::string& key, const Shape& shape) {
    const auto& all = golden().numbers(name + "." + key);
    const auto size = static_cast<std::size_t>(shape.elements());
    for (std::size_t g = 0; g * size < all.size(); ++g) {
      const int at = first + static_cast<int>(g);
      const std::vector<float> values(all.begin() + static_cast<std::ptrdiff_t>(g * size),
                                      all.begin() + static_cast<std::ptrdiff_t>((g + 1) * size));
      put(at,
          {.name = fmt::format("{}{}", key, g), .type = {DType::float32, shape}, .constant = make_constant(values)});
      made.gradients.emplace_back(at, fmt::format("{}.d{} {}", name, key, g * size));
    }
  };
  gates(operands.weights, "weights", {kUnits, kInputs});
  gates(operands.recurrent, "recurrent", {kUnits, kUnits});
  gates(operands.bias, "bias", {kUnits});
  if (op.is<Gru>()) gates(gru::kRecurrentBias, "state_bias", {kUnits});
  const auto state = [&](int at, const std::string& key) {
    put(at, {.name = key,
             .type = {DType::float32, {kBatch, kUnits}},
             .constant = make_constant(golden().numbers(name + "." + key)),
             .variable = true});
    made.states.emplace_back(at, name + ".d" + key);
  };
  state(operands.state, "h");
  if (op.is<UnidirectionalSequenceLstm>()) state(lstm::kCell, "cell");
  made.graph.outputs = {made.graph.add(op, inputs, "layer")};
  return made;
}

// "array offset": the part of an array that a gradient must equal.
std::span<const float> part(const std::string& where, std::size_t size) {
  const auto space = where.find(' ');
  const auto& all = golden().numbers(where.substr(0, space));
  return std::span(all).subspan(space == std::string::npos ? 0 : std::stoul(where.substr(space)), size);
}

void check_operator(const std::string& name, const Op& op) {
  const Layer of = layer(name, op);
  const Node& node = of.graph.nodes[0];
  std::vector<Tensor> x, dx;
  for (const ValueId id : node.inputs) {
    x.push_back(id == kNoValue ? Tensor() : Tensor(of.graph[id].type));
    dx.push_back(x.back());
    if (id == kNoValue) continue;
    const Value& value = of.graph[id];
    if (value.constant) x.back().bytes = *value.constant;
  }
  std::ranges::copy(golden().numbers(name + ".x"), x[0].as<float>().begin());
  std::vector<ConstTensorView> in;
  std::vector<TensorView> below;
  for (std::size_t i = 0; i < x.size(); ++i) {
    const bool there = node.inputs[i] != kNoValue;
    in.push_back(there ? std::as_const(x[i]).view() : ConstTensorView{});
    below.push_back(there ? dx[i].view() : TensorView{});
  }
  const auto types = operands(of.graph, node.inputs);
  Tensor y(op.infer(Types(types))[0]), dy(y.type);
  std::vector<Tensor> kept;
  for (const auto& [at, key] : of.states) kept.push_back(x[static_cast<std::size_t>(at)]);
  std::vector<TensorView> out{y.view()};
  for (Tensor& tensor : kept) out.push_back(tensor.view());
  Bytes saved(static_cast<std::size_t>(op.saved_bytes(Types(types))));
  op.forward_training(Inputs(in), Outputs(out), {saved, 1});
  expect_near(y.as<float>(), golden().numbers(name + ".y"), kOutputs, "training");
  std::ranges::copy(golden().numbers(name + ".dy"), dy.as<float>().begin());
  const std::vector<ConstTensorView> results{std::as_const(y).view()}, above{std::as_const(dy).view()};
  op.backward(Inputs(in), Inputs(results), Inputs(above), Outputs(below), {saved, 1});
  expect_near(dx[0].as<float>(), golden().numbers(name + ".dx"), kGradients, "x");
  for (const auto* list : {&of.gradients, &of.states}) {
    for (const auto& [at, where] : *list) {
      const auto found = dx[static_cast<std::size_t>(at)].as<float>();
      expect_near(found, part(where, found.size()), kGradients, where);
    }
  }
  for (std::size_t i = 0; i < kept.size(); ++i) kept[i] = x[static_cast<std::size_t>(of.states[i].first)];
  op.forward(Inputs(in), Outputs(out));
  expect_near(y.as<float>(), golden().numbers(name + ".y"), kOutputs, "inference");
}

// The layer that trains fast: the loss is half the sum of squares whose gradient is dy.
void check_plan(const std::string& name, const Op& op) {
  const Layer of = layer(name, op);
  for (const bool plain : {false, true}) {
    TrainingPlan plan(
        of.graph,
        {.batch = kBatch, .loss = {.kind = Loss::Kind::mean_squared_error}, .plain = plain, .keep_gradients = true});
    std::ranges::copy(golden().numbers(name + ".x"), plan.input(0).begin());
    const auto &y = golden().numbers(name + ".y"), &dy = golden().numbers(name + ".dy");
    const auto elements = static_cast<float>(y.size());
    for (std::size_t i = 0; i < y.size(); ++i) plan.targets()[i] = y[i] - dy[i] * elements / 2;
    plan.step(0);
    expect_near(plan.output(), y, kOutputs, plain ? "plain plan" : "plan");
    for (const auto& [at, where] : of.gradients) {
      const auto found = plan.gradient(of.graph.nodes[0].inputs[static_cast<std::size_t>(at)]);
      expect_near(found, part(where, found.size()), kGradients, where);
    }
  }
}

void check(const std::string& name, const Op& op) {
  SCOPED_TRACE(name);
  check_operator(name, op);
  check_plan(name, op);
}

TEST(Recurrent, lstm_is_pytorchs) { check("lstm", UnidirectionalSequenceLstm{}); }
TEST(Recurrent, gru_is_pytorchs) { check("gru", Gru{}); }
TEST(Recurrent, simple_units_are_pytorchs) {
  check("rnn", UnidirectionalSequenceRnn{.activation = Activation::tanh});
  check("rnn_relu", UnidirectionalSequenceRnn{.activation = Activation::relu});
}

}  // namespace
}  // namespace mirim
