#include "mirim/recipe/layered_layout.hpp"

#include <algorithm>
#include <cstdint>
#include <limits>
#include <utility>

namespace mirim {
namespace {

constexpr double kGap = 28;       // between boxes of one layer
constexpr double kLayerGap = 46;  // between layers: room for one label
constexpr std::int64_t kMostBends = 50'000;
constexpr int kSweeps = 12;

/// A box, or the position of a passing line in a layer.
struct Vertex {
  int layer = 0;
  double left = 0, right = 0;  // room on either side of its x
  bool bend = false;
  double x = 0;
  std::vector<int> above{}, below{};
};

class Layouter {
 public:
  explicit Layouter(const LayeredGraph& graph) : graph_(graph) {}

  Layout run() {
    choose_layers();
    add_bends();
    order_layers();
    place();
    return result();
  }

 private:
  void choose_layers() {
    for (const LayeredGraph::Box& box : graph_.boxes) {
      vertices_.push_back({.left = box.width / 2, .right = box.width / 2});
    }
    std::vector<std::vector<int>> next(vertices_.size());
    for (const LayeredGraph::Edge& e : graph_.edges) {
      next[at(e.from)].push_back(e.to);
      vertices_[at(e.from)].right = std::max(vertices_[at(e.from)].right, e.room);
    }
    for (std::size_t v = 0; v < vertices_.size(); ++v) {
      for (const int to : next[v]) vertices_[at(to)].layer = std::max(vertices_[at(to)].layer, vertices_[v].layer + 1);
    }
    // From below, so that each box is as low as its readers allow.
    for (std::size_t v = vertices_.size(); v-- > 0;) {
      if (next[v].empty()) continue;
      int lowest = vertices_[at(next[v][0])].layer;
      for (const int to : next[v]) lowest = std::min(lowest, vertices_[at(to)].layer);
      vertices_[v].layer = lowest - 1;
    }
    int layers = 0;
    for (const Vertex& v : vertices_) layers = std::max(layers, v.layer + 1);
    layers_.resize(static_cast<std::size_t>(layers));
  }

  void add_bends() {
    std::int64_t bends = 0;
    for (const LayeredGraph::Edge& e : graph_.edges) {
      paths_.push_back({e.from});
      const int first = vertices_[at(e.from)].layer + 1, last = vertices_[at(e.to)].layer;
      bends += last - first;
      for (int layer = first; bends <= kMostBends && layer < last; ++layer) {
        paths_.back().push_back(static_cast<int>(vertices_.size()));
        vertices_.push_back({.layer = layer, .left = 4, .right = 4, .bend = true});
      }
      paths_.back().push_back(e.to);
      for (std::size_t i = 1; i < paths_.back().size(); ++i) {
        const int from = paths_.back()[i - 1], to = paths_.back()[i];
        if (vertices_[at(from)].layer + 1 != vertices_[at(to)].layer) continue;
        vertices_[at(from)].below.push_back(to);
        vertices_[at(to)].above.push_back(from);
      }
    }
    for (std::size_t v = 0; v < vertices_.size(); ++v) layers_[at(vertices_[v].layer)].push_back(static_cast<int>(v));
  }

  /// Sweeps down and up; keeps the order with the fewest crossings seen.
  void order_layers() {
    auto best = layers_;
    std::int64_t fewest = crossings();
    for (int sweep = 0; sweep < kSweeps && fewest > 0; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (std::size_t i = 0; i < layers_.size(); ++i) sort_layer(layers_[down ? i : layers_.size() - 1 - i], down);
      if (const std::int64_t now = crossings(); now < fewest) {
        fewest = now;
        best = layers_;
      }
    }
    layers_ = best;
  }

  void number() {
    position_.resize(vertices_.size());
    for (const auto& layer : layers_) {
      for (std::size_t i = 0; i < layer.size(); ++i) position_[at(layer[i])] = static_cast<int>(i);
    }
  }

  void sort_layer(std::vector<int>& layer, bool down) {
    std::vector<std::pair<double, int>> keyed;
    for (const int v : layer) {
      const auto& near = down ? vertices_[at(v)].above : vertices_[at(v)].below;
      double sum = 0;
      for (const int u : near) sum += position_[at(u)];
      keyed.emplace_back(near.empty() ? position_[at(v)] : sum / static_cast<double>(near.size()), v);
    }
    std::ranges::stable_sort(keyed, {}, &std::pair<double, int>::first);
    for (std::size_t i = 0; i < layer.size(); ++i) {
      layer[i] = keyed[i].second;
      position_[at(layer[i])] = static_cast<int>(i);
    }
  }

  /// Crossings of lines between neighbouring layers: inversions, counted with a tree of prefix sums.
  std::int64_t crossings() {
    number();
    std::int64_t count = 0;
    for (std::size_t l = 0; l + 1 < layers_.size(); ++l) {
      std::vector<std::int64_t> tree(layers_[l + 1].size() + 1, 0);
      std::int64_t seen = 0;
      for (const int v : layers_[l]) {
        for (const int to : vertices_[at(v)].below) {
          std::int64_t not_right = 0;
          for (int i = position_[at(to)] + 1; i > 0; i -= i & -i) not_right += tree[at(i)];
          count += seen - not_right;
        }
        for (const int to : vertices_[at(v)].below) {
          for (auto i = at(position_[at(to)] + 1); i < tree.size(); i += i & (~i + 1)) ++tree[i];
          ++seen;
        }
      }
    }
    return count;
  }

  void place() {
    for (const auto& layer : layers_) settle(layer, [&](int) { return 0.0; });
    for (int sweep = 0; sweep < kSweeps; ++sweep) {
      const bool down = sweep % 2 == 0;
      for (std::size_t i = 0; i < layers_.size(); ++i) {
        settle(layers_[down ? i : layers_.size() - 1 - i], [&](int v) { return wanted(vertices_[at(v)], down); });
      }
    }
  }

  double wanted(const Vertex& vertex, bool down) const {
    const auto& near = down ? vertex.above : vertex.below;
    if (near.empty()) return vertex.x;
    double sum = 0;
    for (const int u : near) sum += vertices_[at(u)].x;
    return sum / static_cast<double>(near.size());
  }

  /// The positions nearest to the wanted ones (least squares) that keep order and distances: pool adjacent violators.
  /// Bends weigh more, so that long lines are straight.
  template <class Wanted>
  void settle(const std::vector<int>& layer, const Wanted& want) {
    struct Pool {
      double sum, weight;
      std::size_t count;
      double mean() const { return sum / weight; }
    };
    std::vector<Pool> pools;
    std::vector<double> offset(layer.size(), 0);
    for (std::size_t i = 0; i < layer.size(); ++i) {
      const Vertex& vertex = vertices_[at(layer[i])];
      if (i > 0) offset[i] = offset[i - 1] + vertices_[at(layer[i - 1])].right + kGap + vertex.left;
      const double weight = vertex.bend ? 4 : 1;
      pools.push_back({weight * (want(layer[i]) - offset[i]), weight, 1});
      while (pools.size() > 1 && pools[pools.size() - 2].mean() > pools.back().mean()) {
        const Pool last = pools.back();
        pools.pop_back();
        pools.back().sum += last.sum;
        pools.back().weight += last.weight;
        pools.back().count += last.count;
      }
    }
    std::size_t i = 0;
    for (const Pool& pool : pools) {
      for (std::size_t k = 0; k < pool.count; ++k, ++i) vertices_[at(layer[i])].x = pool.mean() + offset[i];
    }
  }

  Layout result() const {
    Layout layout;
    std::vector<double> top(layers_.size() + 1, 0), height(layers_.size(), 0);
    for (std::size_t v = 0; v < graph_.boxes.size(); ++v) {
      double& tallest = height[at(vertices_[v].layer)];
      tallest = std::max(tallest, graph_.boxes[v].height);
    }
    double left = std::numeric_limits<double>::infinity(), right = -left;
    for (const Vertex& v : vertices_) {
      left = std::min(left, v.x - v.left);
      right = std::max(right, v.x + v.right);
    }
    for (std::size_t l = 0; l < layers_.size(); ++l) top[l + 1] = top[l] + height[l] + kLayerGap;
    for (std::size_t v = 0; v < graph_.boxes.size(); ++v) {
      const std::size_t l = at(vertices_[v].layer);
      layout.centres.push_back({vertices_[v].x - left, top[l] + height[l] / 2});
    }
    for (const auto& path : paths_) {
      std::vector<Point> line;
      const auto box = [&](int v) { return layout.centres[at(v)]; };
      line.push_back({box(path.front()).x, box(path.front()).y + graph_.boxes[at(path.front())].height / 2});
      for (std::size_t i = 1; i + 1 < path.size(); ++i) {
        const Vertex& bend = vertices_[at(path[i])];
        const std::size_t l = at(bend.layer);
        line.push_back({bend.x - left, top[l]});
        line.push_back({bend.x - left, top[l] + height[l]});
      }
      line.push_back({box(path.back()).x, box(path.back()).y - graph_.boxes[at(path.back())].height / 2});
      layout.lines.push_back(std::move(line));
    }
    layout.width = vertices_.empty() ? 0 : right - left;
    layout.height = layers_.empty() ? 0 : top.back() - kLayerGap;
    return layout;
  }

  static std::size_t at(int index) { return static_cast<std::size_t>(index); }

  const LayeredGraph& graph_;
  std::vector<Vertex> vertices_;
  std::vector<std::vector<int>> layers_;
  std::vector<std::vector<int>> paths_;  // of each edge: box, bends, box
  std::vector<int> position_;
};

}  // namespace

Layout lay_out(const LayeredGraph& graph) { return Layouter(graph).run(); }

}  // namespace mirim
