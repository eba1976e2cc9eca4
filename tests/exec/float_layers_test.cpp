// The fast float layers against the operators' own loops, on random shapes.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/gru.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"

namespace mirim {
namespace {

std::vector<float> random_floats(Random& random, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = random.normal();
  return values;
}

// A graph of one node on random weights, with a bias or without.
Graph layer(const Op& op, const Shape& x, const Shape& weights, std::int64_t outputs, Random& random) {
  Graph g;
  g.inputs = {g.add(Value{.name = "x", .type = {DType::float32, x}})};
  std::vector<ValueId> operands = g.inputs;
  const auto constant = [&](const char* name, const Shape& shape) {
    operands.push_back(g.add(Value{.name = name,
                                   .type = {DType::float32, shape},
                                   .constant = make_constant(random_floats(random, shape.elements()))}));
  };
  constant("weights", weights);
  if (random.below(2)) constant("bias", {outputs});
  g.outputs = {g.add(op, operands, "y")};
  return g;
}

// What interpreters make of a graph of one node against the operator's own loops: the same bits where sums are in
// order.
void expect_agreement(const Graph& g, Random& random) {
  std::vector<float> given = random_floats(random, g[g.inputs[0]].type.shape.elements());
  for (const Sums sums : {Sums::fastest, Sums::in_order}) {
    // One that has to be found again in all that it is part of, also behind a clamp.
    if (sums == Sums::in_order && random.below(3) == 0) {
      given[given.size() / 2] = random.below(2) ? std::nanf("") : std::numeric_limits<float>::infinity();
    }
    Interpreter interpreter(g, sums);
    interpreter.set_input(0, bytes_of(given));
    interpreter.run();
    std::vector<ConstTensorView> x;
    for (const ValueId id : g.nodes[0].inputs) x.push_back(interpreter.value(id));
    Tensor expected(g[g.outputs[0]].type);
    std::vector<TensorView> y{expected.view()};
    g.nodes[0].op.forward(Inputs(x), Outputs(y));
    const float tolerance = sums == Sums::fastest ? 1e-4F : 0;
    EXPECT_THAT(interpreter.output(0).as<float>(),
                testing::Pointwise(testing::NanSensitiveFloatNear(tolerance), std::as_const(expected).as<float>()))
        << g.nodes[0].op.name() << " on " << to_string(x[0].shape())
        << (x.size() > 1 ? " and " + to_string(x[1].shape()) : "");
  }
}

Size2d random_size(Random& random, std::int64_t most) {
  const auto side = [&] { return static_cast<std::int32_t>(1 + random.below(most)); };
  return {side(), side()};
}

Activation random_activation(Random& random) { return random.below(2) ? Activation::relu6 : Activation::none; }

TEST(FloatLayers, grouped_convolutions_are_the_loops) {
  Random random(11);
  for (int i = 0; i < 20; ++i) {
    const auto groups = static_cast<std::int64_t>(2 + random.below(3));
    const auto channels = static_cast<std::int64_t>(1 + random.below(5));
    const std::int64_t outputs = groups * static_cast<std::int64_t>(1 + random.below(12));
    const Conv2d op{.padding = random.below(2) ? Padding::same : Padding::valid,
                    .stride = {1, static_cast<std::int32_t>(1 + random.below(3))},
                    .activation = random.below(2) ? Activation::relu : Activation::none};
    const auto images = static_cast<std::int64_t>(1 + random.below(3));
    expect_agreement(layer(op, {images, 9, 7, groups * channels}, {outputs, 3, 5, channels}, outputs, random), random);
  }
}

TEST(FloatLayers, fully_connected_agrees_with_the_operator) {
  Random random(1);
  for (int i = 0; i < 80; ++i) {
    const std::int64_t rows = 1 + random.below(20), outputs = 1 + random.below(200), inputs = 1 + random.below(90);
    const FullyConnected op{.activation = random_activation(random)};
    expect_agreement(layer(op, {rows, inputs}, {outputs, inputs}, outputs, random), random);
  }
}

TEST(FloatLayers, convolutions_agree_with_the_operator) {
  Random random(5);
  const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
  for (int i = 0; i < 100; ++i) {
    const Shape x{some(3), some(9) + 6, some(12) + 6, some(20)};
    const Shape w{some(40), some(4), some(4), x[3]};
    const Conv2d op{.padding = random.below(3) ? Padding::same : Padding::valid,
                    .stride = random_size(random, 3),
                    .dilation = random.below(3) ? Size2d{} : random_size(random, 2),
                    .activation = random_activation(random)};
    expect_agreement(layer(op, x, w, w[0], random), random);
  }
}

// Taps that lie far outside of the image cost neither memory nor time.
TEST(FloatLayers, windows_that_reach_far_agree_with_the_operator) {
  Random random(6);
  for (const Size2d& dilation : {Size2d{1, 1'000'000'000}, Size2d{1'000'000'000, 1}, Size2d{65, 65}}) {
    expect_agreement(layer(Conv2d{.dilation = dilation}, {1, 8, 9, 4}, {6, 3, 3, 4}, 6, random), random);
    expect_agreement(layer(DepthwiseConv2d{.dilation = dilation}, {1, 8, 9, 4}, {1, 3, 3, 4}, 4, random), random);
  }
}

TEST(FloatLayers, depthwise_convolutions_agree_with_the_operator) {
  Random random(3);
  const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
  for (int i = 0; i < 150; ++i) {
    const Shape x{some(3), some(9) + 8, some(20) + 8, some(70)};
    const Shape w = random.below(4) ? Shape{1, 3, 3, x[3]} : Shape{1, some(5), some(5), x[3]};
    const DepthwiseConv2d op{.padding = random.below(3) ? Padding::same : Padding::valid,
                             .stride = random_size(random, 3),
                             .dilation = random.below(2) ? random_size(random, 2) : Size2d{},
                             .activation = random_activation(random)};
    expect_agreement(layer(op, x, w, x[3], random), random);
  }
}

TEST(FloatLayers, average_pools_agree_with_the_operator) {
  Random random(4);
  const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
  for (int i = 0; i < 100; ++i) {
    Graph g;
    g.inputs = {g.add(Value{.name = "x", .type = {DType::float32, {some(3), some(9) + 4, some(20) + 4, some(70)}}})};
    const AveragePool2d op{.padding = random.below(2) ? Padding::valid : Padding::same,
                           .stride = random_size(random, 3),
                           .filter = random_size(random, 5),
                           .activation = random_activation(random)};
    g.outputs = {g.add(op, g.inputs, "y")};
    expect_agreement(g, random);
  }
}

// Operands of a recurrent layer on random weights.
class RecurrentLayer {
 public:
  RecurrentLayer(Random& random, Shape shape, std::size_t count)
      : x(std::move(shape)), random_(random), scale_(random.below(4) ? 0.2F : 1e-4F) {
    operands.resize(count, kNoValue);
    operands[0] = g.add(Value{.name = "x", .type = {DType::float32, x}});
    g.inputs = {operands[0]};
  }

  // With 0.2 rounding does not grow from step to step; with 1e-4 outputs near zero have to keep their digits.
  void add_constant(std::size_t operand, const Shape& shape) {
    auto values = random_floats(random_, shape.elements());
    for (float& v : values) v *= scale_;
    operands[operand] = g.add(Value{.name = "c", .type = {DType::float32, shape}, .constant = make_constant(values)});
  }
  void add_state(std::size_t operand, const Shape& shape) {
    operands[operand] = g.add(Value{.name = "s", .type = {DType::float32, shape}, .variable = true});
    states_.push_back(operand);
  }

  // Two runs, the second from the state that the first leaves, against the operator's loops.
  void expect_agreement(const Op& op) {
    g.outputs = {g.add(op, operands, "y")};
    Interpreter interpreter(g);
    Tensor expected(g[g.outputs[0]].type);
    std::vector<Tensor> states;
    for (const std::size_t operand : states_) states.emplace_back(g[operands[operand]].type);
    for (int run = 0; run < 2; ++run) {
      SCOPED_TRACE(to_string(x) + " to " + to_string(expected.type.shape) + ", run " + std::to_string(run));
      interpreter.set_input(0, bytes_of(random_floats(random_, x.elements())));
      interpreter.run();
      std::vector<ConstTensorView> in;
      for (const ValueId id : operands) in.push_back(id == kNoValue ? ConstTensorView{} : interpreter.value(id));
      std::vector<TensorView> out{expected.view()};
      for (std::size_t i = 0; i < states.size(); ++i) {
        in[states_[i]] = std::as_const(states[i]).view();
        out.push_back(states[i].view());
      }
      op.forward(Inputs(in), Outputs(out));
      expect_near(interpreter.output(0), expected);
      for (std::size_t i = 0; i < states.size(); ++i) expect_near(interpreter.value(operands[states_[i]]), states[i]);
    }
  }

  Graph g;
  Shape x;
  std::vector<ValueId> operands;

 private:
  static void expect_near(const ConstTensorView& got, const Tensor& right) {
    float largest = 0;
    for (const float v : right.as<float>()) largest = std::max(largest, std::abs(v));
    EXPECT_THAT(got.as<float>(), testing::Pointwise(testing::FloatNear(2e-6F * largest), right.as<float>()));
  }

  Random& random_;
  float scale_;
  std::vector<std::size_t> states_;
};

TEST(FloatLayers, lstm_agrees_with_the_operator) {
  Random random(2);
  for (int i = 0; i < 40; ++i) {
    const std::int64_t batches = 1 + random.below(3), steps = 1 + random.below(12), inputs = 1 + random.below(40),
                       units = 1 + random.below(40);
    const bool time_major = random.below(2) == 1;
    const UnidirectionalSequenceLstm op{
        .cell_clip = random.below(3) ? 0.0F : 0.4F, .time_major = time_major, .last_only = random.below(2) == 1};
    RecurrentLayer layer(random, time_major ? Shape{steps, batches, inputs} : Shape{batches, steps, inputs}, 24);
    for (std::size_t gate = 0; gate < 4; ++gate) {
      layer.add_constant(1 + gate, {units, inputs});
      layer.add_constant(5 + gate, {units, units});
      layer.add_constant(12 + gate, {units});
    }
    for (const std::size_t state : {18U, 19U}) layer.add_state(state, {batches, units});
    layer.expect_agreement(op);
  }
}

TEST(FloatLayers, gru_agrees_with_the_operator) {
  Random random(3);
  for (int i = 0; i < 80; ++i) {
    const std::int64_t batches = 1 + random.below(3), steps = 1 + random.below(12), inputs = 1 + random.below(40),
                       units = 1 + random.below(40);
    const Gru op{
        .reset_after = random.below(2) == 1, .time_major = random.below(2) == 1, .last_only = random.below(2) == 1};
    const bool keeps_state = random.below(2) == 1;
    RecurrentLayer layer(random, op.time_major ? Shape{steps, batches, inputs} : Shape{batches, steps, inputs},
                         keeps_state ? 12 : 11);
    for (std::size_t gate = 0; gate < 3; ++gate) {
      layer.add_constant(1 + gate, {units, inputs});
      layer.add_constant(4 + gate, {units, units});
      layer.add_constant(7 + gate, {units});
    }
    if (op.reset_after && random.below(4) > 0) layer.add_constant(10, {units});
    if (keeps_state) layer.add_state(11, {batches, units});
    layer.expect_agreement(op);
  }
}

}  // namespace
}  // namespace mirim
