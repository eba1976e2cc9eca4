#pragma once

#include <cstddef>
#include <vector>

namespace mirim {

/// A directed acyclic graph whose vertices are boxes, to be drawn from top to bottom.
struct LayeredGraph {
  struct Box {
    double width = 0;
    double height = 0;
  };
  struct Edge {
    int from = 0;
    int to = 0;
    double room = 0;  ///< to the right of the line, for its label, in the gap below `from`
  };
  std::vector<Box> boxes;  ///< every edge goes from a lower index to a higher one
  std::vector<Edge> edges;
};

struct Point {
  double x = 0;
  double y = 0;
};

/// Positions of everything. Nothing overlaps: a line that passes other layers has its own position in each.
struct Layout {
  std::vector<Point> centres;             ///< of the boxes
  std::vector<std::vector<Point>> lines;  ///< for each edge, from the bottom of one box to the top of the other
  double width = 0;
  double height = 0;
};

/// Layers by the longest path from above, each box as low as its readers allow; few crossings by sweeps of barycentres;
/// positions in a layer by least squares towards the neighbours (Sugiyama, Tagawa and Toda 1981). Lines past more than
/// a fixed number of layers (a graph made to be large) go straight.
Layout lay_out(const LayeredGraph& graph);

}  // namespace mirim
