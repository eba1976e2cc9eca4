// The fast float layers against the operators' own loops, on random shapes. The order of a sum differs, so not by bits.
#include <gmock/gmock.h>

#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/ops/fully_connected.hpp"

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

}  // namespace
}  // namespace mirim
