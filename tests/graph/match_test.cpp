#include "mirim/graph/match.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "tests/graph/test_operators.hpp"

namespace mirim {
namespace {

Graph chain() {
  return parse_graph(R"(graph "" (%x: float32[2]) -> (%c) {
      %a: float32[2] = SUM_OF(%x)
      %b: float32[2] = SUM_OF(%a)
      %c: float32[2] = SUM_OF(%b, %b)
    })",
                     test::operators());
}

TEST(Links, finds_the_only_reader) {
  const Graph graph = chain();
  const Links links(graph);
  EXPECT_EQ(links.only_reader(1), 1);
  EXPECT_EQ(links.only_reader(2), -1) << "read twice by one node";
  EXPECT_EQ(links.only_reader(3), -1) << "an output of the graph";
  EXPECT_EQ(links.mergeable_producer<test::Sum>(1), 0);
  EXPECT_EQ(links.mergeable_producer<test::Sum>(0), -1) << "nobody makes an input";
}

TEST(Match, a_node_taken_out_of_a_chain_leaves_a_sound_graph) {
  Graph graph = chain();
  replace_uses(graph, 2, 1);
  remove_nodes(graph, {0, 1, 0});
  remove_unused_values(graph);
  EXPECT_TRUE(verify(graph).empty());
  EXPECT_EQ(graph.values.size(), 3U);
  EXPECT_EQ(graph.nodes[1].inputs, (std::vector<ValueId>{1, 1}));
}

}  // namespace
}  // namespace mirim
