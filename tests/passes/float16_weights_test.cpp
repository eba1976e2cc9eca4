#include "mirim/passes/float16_weights.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/verify.hpp"
#include "tests/passes/graphs.hpp"

namespace mirim {
namespace {

using testing::Each;
using testing::ElementsAre;

/// y = x w over 32 inputs that all weigh the same.
Graph layer(float weight) {
  Graph graph = test::parse(R"(graph "" (%x: float32[1x32]) -> (%y) {
    %w: float32[1x32] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]
    %b: float32[1] = [0.1]
    %y: float32[1x1] = FULLY_CONNECTED(%x, %w, %b)
  })");
  graph[graph.nodes[0].inputs[1]].constant = make_constant(std::vector<float>(32, weight));
  return graph;
}

TEST(Float16Weights, stand_behind_a_dequantize) {
  Graph graph = layer(1.0F / 3);
  narrow_to_float16(graph);
  ASSERT_THAT(verify(graph), testing::IsEmpty());
  ASSERT_EQ(test::operator_names(graph), (std::vector<std::string>{"DEQUANTIZE", "FULLY_CONNECTED"}));
  const Value& half = graph[graph.nodes[0].inputs[0]];
  EXPECT_EQ(half.type.dtype, DType::float16);
  // 1/3 = 1.0101010101|01... * 2^-2: exponent 13, fraction 0101010101.
  const auto* bits = reinterpret_cast<const std::uint16_t*>(half.constant->data());
  EXPECT_THAT(std::vector<int>(bits, bits + 32), Each(0x3555));
  // The small bias stays.
  EXPECT_EQ(graph[graph.nodes[1].inputs[2]].type.dtype, DType::float32);
}

TEST(Float16Weights, numbers_beyond_a_half_stay_float32) {
  Graph graph = layer(65520);
  narrow_to_float16(graph);
  EXPECT_EQ(test::operator_names(graph), std::vector<std::string>{"FULLY_CONNECTED"});
}

}  // namespace
}  // namespace mirim
