#include "mirim/passes/input_as_read.hpp"

#include <gtest/gtest.h>

#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

TEST(InputAsRead, takes_the_shape_that_its_only_reader_makes) {
  Graph graph = parse_graph(R"(graph "g" (%x: int8[1x16]{scale=0.5, zero_point=0}) -> (%y) {
  %s: int32[4] = [1, 4, 2, 2]
  %r: int8[1x4x2x2]{scale=0.5, zero_point=0} = RESHAPE(%x, %s)
  %y: int8[1x4x2x2]{scale=0.5, zero_point=0} = RELU(%r)
})",
                            all_operators());
  input_as_read(graph);
  ASSERT_EQ(graph.nodes.size(), 1U);
  EXPECT_EQ(graph[graph.inputs[0]].type.shape, (Shape{1, 4, 2, 2}));
  EXPECT_TRUE(verify(graph).empty());
}

TEST(InputAsRead, one_that_others_read_or_that_is_a_result_keeps_its_shape) {
  for (const char* text : {R"(graph "g" (%x: int8[1x4]{scale=0.5, zero_point=0}) -> (%y, %r) {
  %s: int32[4] = [1, 1, 2, 2]
  %r: int8[1x1x2x2]{scale=0.5, zero_point=0} = RESHAPE(%x, %s)
  %y: int8[1x1x2x2]{scale=0.5, zero_point=0} = RELU(%r)
})",
                           R"(graph "g" (%x: int8[1x4]{scale=0.5, zero_point=0}) -> (%y, %z) {
  %s: int32[4] = [1, 1, 2, 2]
  %r: int8[1x1x2x2]{scale=0.5, zero_point=0} = RESHAPE(%x, %s)
  %y: int8[1x1x2x2]{scale=0.5, zero_point=0} = RELU(%r)
  %z: int8[1x4]{scale=0.5, zero_point=0} = RELU(%x)
})"}) {
    Graph graph = parse_graph(text, all_operators());
    const std::size_t nodes = graph.nodes.size();
    input_as_read(graph);
    EXPECT_EQ(graph.nodes.size(), nodes);
    EXPECT_EQ(graph[graph.inputs[0]].type.shape, (Shape{1, 4}));
  }
}

}  // namespace
}  // namespace mirim
