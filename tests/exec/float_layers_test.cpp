// The fast float layers against the operators' own loops, on random shapes. The order of a sum differs, so not by bits.
#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"

namespace mirim {
namespace {

std::vector<float> random_floats(Random& random, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  for (float& v : values) v = random.normal();
  return values;
}

TEST(FloatLayers, fully_connected_agrees_with_the_operator) {
  Random random(1);
  for (int i = 0; i < 80; ++i) {
    const std::int64_t rows = 1 + random.below(20), outputs = 1 + random.below(200), inputs = 1 + random.below(90);
    Graph g;
    g.inputs = {g.add(Value{.name = "x", .type = {DType::float32, {rows, inputs}}})};
    std::vector<ValueId> operands = {g.inputs[0]};
    operands.push_back(g.add(Value{.name = "weights",
                                   .type = {DType::float32, {outputs, inputs}},
                                   .constant = make_constant(random_floats(random, outputs * inputs))}));
    if (random.below(2)) {
      operands.push_back(g.add(Value{.name = "bias",
                                     .type = {DType::float32, {outputs}},
                                     .constant = make_constant(random_floats(random, outputs))}));
    }
    g.outputs = {
        g.add(FullyConnected{.activation = random.below(2) ? Activation::relu6 : Activation::none}, operands, "y")};
    Interpreter interpreter(g);
    interpreter.set_input(0, bytes_of(random_floats(random, rows * inputs)));
    interpreter.run();

    std::vector<ConstTensorView> x;
    for (const ValueId id : operands) x.push_back(interpreter.value(id));
    Tensor expected(g[g.outputs[0]].type);
    std::vector<TensorView> y{expected.view()};
    g.nodes[0].op.forward(Inputs(x), Outputs(y));
    EXPECT_THAT(interpreter.output(0).as<float>(),
                testing::Pointwise(testing::FloatNear(1e-4F), std::as_const(expected).as<float>()))
        << rows << " rows, " << outputs << " outputs, " << inputs << " inputs";
  }
}

// Two runs of a layer on random weights, the second from the state that the first leaves, against the operator's loops.
TEST(FloatLayers, lstm_agrees_with_the_operator) {
  Random random(2);
  for (int i = 0; i < 40; ++i) {
    const std::int64_t batches = 1 + random.below(3), steps = 1 + random.below(12), inputs = 1 + random.below(40),
                       units = 1 + random.below(40);
    const bool time_major = random.below(2) == 1;
    const UnidirectionalSequenceLstm op{.cell_clip = random.below(3) ? 0.0F : 0.4F, .time_major = time_major};
    // With 0.2 rounding does not grow from step to step; with 1e-4 outputs near zero have to keep their digits.
    const float scale = random.below(4) ? 0.2F : 1e-4F;
    Graph g;
    std::vector<ValueId> operands(24, kNoValue);
    const auto constant = [&](const Shape& shape) {
      auto values = random_floats(random, shape.elements());
      for (float& v : values) v *= scale;
      return g.add(Value{.name = "c", .type = {DType::float32, shape}, .constant = make_constant(values)});
    };
    const Shape shape = time_major ? Shape{steps, batches, inputs} : Shape{batches, steps, inputs};
    operands[0] = g.add(Value{.name = "x", .type = {DType::float32, shape}});
    g.inputs = {operands[0]};
    for (std::size_t gate = 0; gate < 4; ++gate) {
      operands[1 + gate] = constant({units, inputs});
      operands[5 + gate] = constant({units, units});
      operands[12 + gate] = constant({units});
    }
    for (const std::size_t state : {18U, 19U}) {
      operands[state] = g.add(Value{.name = "s", .type = {DType::float32, {batches, units}}, .variable = true});
    }
    g.outputs = {g.add(op, operands, "y")};
    Interpreter interpreter(g);

    Tensor expected(g[g.outputs[0]].type), state({DType::float32, {batches, units}}), cell(state);
    for (int run = 0; run < 2; ++run) {
      interpreter.set_input(0, bytes_of(random_floats(random, shape.elements())));
      interpreter.run();
      std::vector<ConstTensorView> x;
      for (const ValueId id : operands) x.push_back(id == kNoValue ? ConstTensorView{} : interpreter.value(id));
      x[18] = std::as_const(state).view();
      x[19] = std::as_const(cell).view();
      std::vector<TensorView> y{expected.view(), state.view(), cell.view()};
      op.forward(Inputs(x), Outputs(y));
      const auto expect_near = [&](const ConstTensorView& got, const Tensor& right) {
        float largest = 0;
        for (const float v : right.as<float>()) largest = std::max(largest, std::abs(v));
        EXPECT_THAT(got.as<float>(), testing::Pointwise(testing::FloatNear(2e-6F * largest), right.as<float>()))
            << to_string(shape) << ", " << units << " units, run " << run;
      };
      expect_near(interpreter.output(0), expected);
      expect_near(interpreter.value(operands[18]), state);
      expect_near(interpreter.value(operands[19]), cell);
    }
  }
}

}  // namespace
}  // namespace mirim
