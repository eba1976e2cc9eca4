// The largest of int16 is looked for among int32, which LiteRT can.
#include <gmock/gmock.h>

#include <cmath>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/passes/quantize.hpp"

namespace mirim {
namespace {

TEST(WidenArgMax, the_largest_step_is_found_as_before) {
  Graph graph = parse_graph(R"(
graph "nearest" (%x: float32[1x4]) -> (%y) {
  %w: float32[3x4] = random(1)
  %sums: float32[1x3] = FULLY_CONNECTED(%x, %w, _)
  %axis: int32[1] = [1]
  %y: int32[1] = ARG_MAX(%sums, %axis)
})",
                            all_operators());
  const Graph floats = graph;
  std::vector<Range> ranges(graph.values.size());
  for (std::size_t v = 0; v < ranges.size(); ++v) {
    const std::string& name = graph.values[v].name;
    if (name == "x") ranges[v] = {-4, 4};
    if (name == "sums") ranges[v] = {-20, 20};
  }
  quantize(graph, ranges, {.activation_bits = 16});
  ASSERT_EQ(graph.nodes.size(), 3U);
  EXPECT_EQ(graph.nodes[1].op.name(), "CAST");
  EXPECT_EQ(graph[graph.nodes[2].inputs[0]].type.dtype, DType::int32);
  EXPECT_EQ(graph[graph.inputs[0]].type.dtype, DType::int16);
  Interpreter real(floats), integer(graph);
  Random random(3);
  for (int trial = 0; trial < 50; ++trial) {
    std::vector<float> x(4);
    for (float& v : x) v = random.normal();
    std::vector<std::int16_t> steps;
    for (const float v : x) {
      steps.push_back(static_cast<std::int16_t>(std::lround(v / graph[graph.inputs[0]].quantization.scale[0])));
    }
    real.set_input(0, bytes_of(x));
    integer.set_input(0, bytes_of(steps));
    real.run();
    integer.run();
    const auto y = real.output(0).as<std::int32_t>();
    EXPECT_EQ(integer.output(0).as<std::int32_t>()[0], y[0]) << trial;
  }
}

}  // namespace
}  // namespace mirim
