#include "mirim/graph/calls.hpp"

#include <gmock/gmock.h>

#include "mirim/graph/opaque.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// A model whose graph g has one node, which runs the graphs calls[g].
Model model_of(const std::vector<std::vector<std::int32_t>>& calls) {
  Model model;
  for (const auto& called : calls) {
    Graph& graph = model.graphs.emplace_back();
    graph.nodes.push_back({.op = Opaque{.title = "WHILE", .subgraph_indices = called}});
  }
  return model;
}

TEST(Calls, of_graphs_that_are_there_and_do_not_come_back_are_sound) {
  EXPECT_THAT(check_calls(model_of({{1, 2}, {2}, {}})), IsEmpty());
}

TEST(Calls, of_a_graph_that_is_not_there_are_problems) {
  EXPECT_THAT(check_calls(model_of({{1, 2}, {-1}})),
              ElementsAre("graph 0: node 0 (WHILE): runs graph 2, there are 2",
                          "graph 1: node 0 (WHILE): runs graph -1, there are 2"));
}

TEST(Calls, in_a_circle_are_a_problem_of_each_graph_on_it) {
  EXPECT_THAT(check_calls(model_of({{1}, {2}, {1}})),
              ElementsAre("graph 1: graphs run each other in a circle", "graph 2: graphs run each other in a circle"));
  EXPECT_THAT(check_calls(model_of({{0}})), ElementsAre("graph 0: graphs run each other in a circle"));
}

}  // namespace
}  // namespace mirim
