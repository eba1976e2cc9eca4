// Unrolled networks against the same network run step by step.
#include "mirim/passes/unroll.hpp"

#include <gmock/gmock.h>

#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// y = sigmoid(w [x, s]), s = tanh(w [x, s]) + s before; s begins with 0.5, -1.
constexpr const char* kCell = R"(
graph "cell" (%x: float32[1x2]) -> (%y) {
  variable %s: float32[1x2] = [0.5, -1]
  %before: float32[1x2] = READ_VARIABLE(%s)
  %both: float32[1x4] = CONCATENATION(%x, %before) {axis=-1}
  %w: float32[2x4] = [0.5, -0.25, 0.125, 1, 0.75, 0.5, -1, 0.25]
  %sum: float32[1x2] = FULLY_CONNECTED(%both, %w, _)
  %inner: float32[1x2] = TANH(%sum)
  %after: float32[1x2] = ADD(%inner, %before)
  ASSIGN_VARIABLE(%s, %after)
  %y: float32[1x2] = LOGISTIC(%after)
})";

std::vector<float> run(Interpreter& interpreter, const std::vector<float>& x) {
  interpreter.set_input(0, bytes_of(x));
  interpreter.run();
  const auto y = interpreter.output(0).as<float>();
  return {y.begin(), y.end()};
}

TEST(Unroll, answers_as_the_network_does_step_by_step) {
  const Graph cell = parse_graph(kCell, all_operators());
  const Graph whole = unroll(cell, 3);
  EXPECT_FALSE(keeps_state(whole));
  EXPECT_EQ(whole[whole.inputs[0]].type.shape, (Shape{1, 3, 2}));
  EXPECT_EQ(whole[whole.outputs[0]].type.shape, (Shape{1, 3, 2}));
  const std::vector<float> x{1, -2, 0.5F, 0.25F, -1, 3};
  Interpreter steps(cell), sequence(whole);
  std::vector<float> expected;
  for (std::size_t t = 0; t < 3; ++t) {
    const auto y = run(steps, {x[2 * t], x[2 * t + 1]});
    expected.insert(expected.end(), y.begin(), y.end());
  }
  EXPECT_THAT(run(sequence, x), testing::Pointwise(testing::FloatNear(1e-6F), expected));
  EXPECT_THAT(run(sequence, x), testing::Pointwise(testing::FloatNear(1e-6F), expected));  // begins anew
}

TEST(Unroll, one_sigmoid_stands_behind_all_steps_and_constants_keep_their_ids) {
  const Graph cell = parse_graph(kCell, all_operators());
  const Graph whole = unroll(cell, 4);
  int sigmoids = 0, dense = 0;
  for (const Node& node : whole.nodes) {
    sigmoids += node.op.name() == "LOGISTIC" ? 1 : 0;
    if (node.op.name() != "FULLY_CONNECTED") continue;
    ++dense;
    EXPECT_EQ(whole[node.inputs[1]].constant, cell[node.inputs[1]].constant);
    EXPECT_EQ(whole[node.inputs[1]].name, "w");
  }
  EXPECT_EQ(sigmoids, 1);
  EXPECT_EQ(dense, 4);
}

TEST(Unroll, is_for_samples_of_several_steps) {
  const Graph cell = parse_graph(kCell, all_operators());
  EXPECT_TRUE(reads_steps_of(cell, {DType::float32, {5, 2}}));
  EXPECT_FALSE(reads_steps_of(cell, {DType::float32, {2}}));
  EXPECT_FALSE(reads_steps_of(cell, {DType::float32, {1, 2}}));
  EXPECT_FALSE(reads_steps_of(cell, {DType::float32, {5, 3}}));
  const Graph plain = parse_graph(R"(
graph "plain" (%x: float32[1x2]) -> (%y) {
  %y: float32[1x2] = TANH(%x)
})",
                                  all_operators());
  EXPECT_FALSE(reads_steps_of(plain, {DType::float32, {5, 2}}));
}

TEST(Unroll, refuses_what_it_cannot_follow) {
  const Graph integers = parse_graph(R"(
graph "i" (%x: int8[1x2] {scale=0.1, zero_point=0}) -> (%y) {
  %y: int8[1x2] {scale=0.1, zero_point=0} = RELU(%x)
})",
                                     all_operators());
  EXPECT_THAT([&] { unroll(integers, 3); }, ThrowsMessage<Error>(HasSubstr("reads float32 [1, ...]")));
  EXPECT_THAT([&] { unroll(parse_graph(kCell, all_operators()), 100'000); },
              ThrowsMessage<Error>(HasSubstr("shorter sequences")));
  const Graph lstm = parse_graph(R"(
graph "l" (%x: float32[1x1x2]) -> (%y) {
  %w: float32[1x2] = [1, 1]
  %r: float32[1x1] = [1]
  %b: float32[1] = [0]
  variable %s: float32[1x1]
  %y: float32[1x1x1] = UNIDIRECTIONAL_SEQUENCE_RNN(%x, %w, %r, %b, %s) {fused_activation_function=TANH}
})",
                                 all_operators());
  EXPECT_THAT([&] { unroll(lstm, 3); }, ThrowsMessage<Error>(HasSubstr("give the model whole sequences")));
}

}  // namespace
}  // namespace mirim
