#include "mirim/learn/k_means.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/learn/rules.hpp"

namespace mirim {
namespace {

/// k-means++: each further centre is a sample drawn by its squared distance from those before; the best of some draws.
Rows first_centres(const Rows& x, std::int64_t clusters, Random& random) {
  Rows centres{.rows = clusters,
               .columns = x.columns,
               .values = std::vector<float>(static_cast<std::size_t>(clusters * x.columns))};
  std::vector<double> nearest(static_cast<std::size_t>(x.rows), std::numeric_limits<double>::infinity());
  const int draws = 2 + static_cast<int>(std::log(static_cast<double>(clusters)));
  for (std::int64_t c = 0; c < clusters; ++c) {
    std::int64_t chosen = random.below(x.rows);
    if (c > 0) {
      double sum = 0;
      for (const double d : nearest) sum += d;
      double least = std::numeric_limits<double>::infinity();
      for (int draw = 0; draw < draws && sum > 0; ++draw) {
        double at = static_cast<double>(random.uniform()) * sum;
        std::int64_t i = 0;
        while (i + 1 < x.rows && (at -= nearest[static_cast<std::size_t>(i)]) > 0) ++i;
        double left = 0;
        for (std::int64_t j = 0; j < x.rows; ++j) {
          left += std::min(nearest[static_cast<std::size_t>(j)], squared_distance(x[j], x[i]));
        }
        if (left < least) least = left, chosen = i;
      }
    }
    std::ranges::copy(x[chosen], centres[c].begin());
    for (std::int64_t i = 0; i < x.rows; ++i) {
      double& d = nearest[static_cast<std::size_t>(i)];
      d = std::min(d, squared_distance(x[i], x[chosen]));
    }
  }
  return centres;
}

class KMeansRule final : public Rule {
 public:
  std::string_view name() const override { return "k_means"; }
  std::string_view help() const override {
    return "The centres of an rbf layer at the middles of clusters, its widths by the distances between centres.";
  }
  void settings(Settings& s) override {
    s.field("width", width_, "width of a unit, in mean distances to the two nearest other centres");
    s.field("rounds", rounds_, "rounds of k-means at most");
    s.field("tries", tries_, "beginnings; the clusters nearest to their samples win");
  }

  void learn(Graph& graph, const Lesson& lesson) const override {
    if (!(width_ > 0)) fail("k_means: width is {}; it must be above 0", width_);
    if (rounds_ < 1 || tries_ < 1) fail("k_means: rounds and tries must be at least 1");
    const RbfLayer layer = rbf_layer(graph);
    const Rows x = values_of(graph, layer.input, lesson.data.training, lesson);
    if (layer.units > x.rows) {
      fail("k_means: {} centres are more than the {} training samples; choose fewer units", layer.units, x.rows);
    }
    Random random(lesson.seed);
    Clusters best;
    for (std::int64_t t = 0; t < tries_; ++t) {
      lesson.check_stop();
      Clusters found = cluster_rows(x, layer.units, rounds_, random);
      if (t == 0 || found.inertia < best.inertia) best = std::move(found);
    }
    set_rbf(graph, layer, best.centres, widths(best.centres));
    lesson.tell(fmt::format("k_means: {} centres, a sample is {:.4g} from its own", layer.units,
                            std::sqrt(best.inertia / static_cast<double>(x.rows))));
  }

 private:
  std::vector<float> widths(const Rows& centres) const {
    std::vector<float> result;
    for (std::int64_t c = 0; c < centres.rows; ++c) {
      double first = std::numeric_limits<double>::infinity(), second = first;
      for (std::int64_t other = 0; other < centres.rows; ++other) {
        if (other == c) continue;
        const double d = squared_distance(centres[c], centres[other]);
        if (d < first) {
          second = first, first = d;
        } else if (d < second) {
          second = d;
        }
      }
      if (centres.rows < 3) second = first;
      const double mean = centres.rows < 2 ? 1 : (std::sqrt(first) + std::sqrt(second)) / 2;
      if (!(mean > 0)) fail("k_means: several centres are at the same place; choose fewer than {} units", centres.rows);
      result.push_back(static_cast<float>(width_ * mean));
    }
    return result;
  }

  double width_ = 2;
  std::int64_t rounds_ = 300;
  std::int64_t tries_ = 4;
};

}  // namespace

Clusters cluster_rows(const Rows& x, std::int64_t clusters, std::int64_t rounds, Random& random) {
  Clusters result{.centres = first_centres(x, clusters, random)};
  std::vector<std::int64_t> owner(static_cast<std::size_t>(x.rows), -1);
  for (std::int64_t round = 0; round < rounds; ++round) {
    bool changed = false;
    result.inertia = 0;
    std::int64_t farthest = 0;
    double most = -1;
    for (std::int64_t i = 0; i < x.rows; ++i) {
      double least = std::numeric_limits<double>::infinity();
      std::int64_t own = 0;
      for (std::int64_t c = 0; c < clusters; ++c) {
        const double d = squared_distance(x[i], result.centres[c]);
        if (d < least) least = d, own = c;
      }
      changed = changed || owner[static_cast<std::size_t>(i)] != own;
      owner[static_cast<std::size_t>(i)] = own;
      result.inertia += least;
      if (least > most) most = least, farthest = i;
    }
    if (!changed) break;
    std::vector<double> sums(static_cast<std::size_t>(clusters * x.columns));
    std::vector<std::int64_t> members(static_cast<std::size_t>(clusters));
    for (std::int64_t i = 0; i < x.rows; ++i) {
      const auto own = static_cast<std::size_t>(owner[static_cast<std::size_t>(i)]);
      ++members[own];
      for (std::size_t k = 0; k < static_cast<std::size_t>(x.columns); ++k) {
        sums[own * static_cast<std::size_t>(x.columns) + k] += static_cast<double>(x[i][k]);
      }
    }
    for (std::int64_t c = 0; c < clusters; ++c) {
      const std::int64_t count = members[static_cast<std::size_t>(c)];
      if (count == 0) {  // it begins anew where a sample is worst served
        std::ranges::copy(x[farthest], result.centres[c].begin());
        continue;
      }
      for (std::size_t k = 0; k < static_cast<std::size_t>(x.columns); ++k) {
        result.centres[c][k] =
            static_cast<float>(sums[static_cast<std::size_t>(c * x.columns) + k] / static_cast<double>(count));
      }
    }
  }
  return result;
}

RbfLayer rbf_layer(const Graph& graph) {
  const ValueId centres = constant_of_layer(graph, "/centres", "k_means", "rbf");
  for (const Node& node : graph.nodes) {
    if (node.op.name() != "FULLY_CONNECTED" || node.inputs[1] != centres) continue;
    const Shape& shape = graph[centres].type.shape;
    const std::string stem = graph[centres].name.substr(0, graph[centres].name.size() - std::string("centres").size());
    return {.input = node.inputs[0],
            .centres = centres,
            .offsets = node.inputs[2],
            .reach = constant_of_layer(graph, stem + "reach", "k_means", "rbf"),
            .units = shape[0],
            .features = shape[1]};
  }
  fail("rule 'k_means' needs a layer of type rbf, the model has none");
}

void set_rbf(Graph& graph, const RbfLayer& layer, const Rows& centres, const std::vector<float>& widths) {
  // exp(-|x - c|^2 / 2 w^2) = exp(x . c / w^2 - |c|^2 / 2 w^2 - |x|^2 / 2 w^2)
  std::vector<float> near, offsets, reach;
  for (std::int64_t u = 0; u < layer.units; ++u) {
    const double w = static_cast<double>(widths[static_cast<std::size_t>(u)]), square = w * w;
    double norm = 0;
    for (const float c : centres[u]) {
      near.push_back(static_cast<float>(static_cast<double>(c) / square));
      norm += static_cast<double>(c) * static_cast<double>(c);
    }
    offsets.push_back(static_cast<float>(-norm / (2 * square)));
    reach.push_back(static_cast<float>(-1 / (2 * square)));
  }
  set_constant(graph, layer.centres, near);
  set_constant(graph, layer.offsets, offsets);
  set_constant(graph, layer.reach, reach);
}

std::shared_ptr<Rule> make_k_means() { return std::make_shared<KMeansRule>(); }

}  // namespace mirim
