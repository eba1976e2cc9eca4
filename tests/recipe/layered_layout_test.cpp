#include "mirim/recipe/layered_layout.hpp"

#include <gtest/gtest.h>

#include <cmath>

namespace mirim {
namespace {

LayeredGraph boxes(int count, std::vector<LayeredGraph::Edge> edges) {
  LayeredGraph graph;
  graph.boxes.assign(static_cast<std::size_t>(count), {.width = 100, .height = 40});
  graph.edges = std::move(edges);
  return graph;
}

bool overlap(const Layout& layout, std::size_t a, std::size_t b) {
  return std::fabs(layout.centres[a].x - layout.centres[b].x) < 100 &&
         std::fabs(layout.centres[a].y - layout.centres[b].y) < 40;
}

TEST(LayeredLayout, a_chain_is_a_straight_line_downwards) {
  const Layout layout = lay_out(boxes(3, {{0, 1}, {1, 2}}));
  EXPECT_DOUBLE_EQ(layout.centres[0].x, layout.centres[1].x);
  EXPECT_DOUBLE_EQ(layout.centres[1].x, layout.centres[2].x);
  EXPECT_LT(layout.centres[0].y + 40, layout.centres[1].y);
  EXPECT_DOUBLE_EQ(layout.width, 100);
}

TEST(LayeredLayout, a_line_past_a_box_goes_around_it) {
  // 0 -> 1 -> 2 and 0 -> 2.
  const Layout layout = lay_out(boxes(3, {{0, 1}, {1, 2}, {0, 2}}));
  ASSERT_EQ(layout.lines[2].size(), 4U) << "bottom of 0, beside 1, top of 2";
  EXPECT_GT(std::fabs(layout.lines[2][1].x - layout.centres[1].x), 50);
}

TEST(LayeredLayout, boxes_of_one_layer_stand_side_by_side_without_crossings) {
  // 0 feeds 1, 2, 3; they feed 4, 5, 6 in the opposite order, as their numbers have it; all feed 7.
  const Layout layout = lay_out(boxes(8, {{0, 1}, {0, 2}, {0, 3}, {3, 4}, {2, 5}, {1, 6}, {4, 7}, {5, 7}, {6, 7}}));
  for (std::size_t a = 0; a < 8; ++a) {
    for (std::size_t b = a + 1; b < 8; ++b) EXPECT_FALSE(overlap(layout, a, b)) << a << " and " << b;
  }
  EXPECT_EQ(layout.centres[1].x < layout.centres[2].x, layout.centres[6].x < layout.centres[5].x);
}

TEST(LayeredLayout, nothing_is_drawn_of_nothing) {
  EXPECT_EQ(lay_out({}).height, 0);
  EXPECT_EQ(lay_out(boxes(1, {})).height, 40);
}

TEST(LayeredLayout, a_graph_made_to_be_large_ends_soon) {
  // Every box reads the first: 2,000 lines past up to 2,000 layers would be 2 million bends.
  std::vector<LayeredGraph::Edge> edges;
  for (int i = 1; i < 2000; ++i) {
    edges.push_back({i - 1, i});
    edges.push_back({0, i});
  }
  EXPECT_GT(lay_out(boxes(2000, edges)).height, 2000 * 40);
}

}  // namespace
}  // namespace mirim
