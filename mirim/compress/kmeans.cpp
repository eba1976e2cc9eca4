#include "mirim/compress/kmeans.hpp"

#include <algorithm>
#include <cassert>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <utility>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"

namespace mirim {
namespace {

/// Different values in rising order, each with all the importance of the weights that have it.
struct Points {
  std::vector<double> x;
  std::vector<double> weight;

  std::size_t size() const { return x.size(); }
};

/// Sums over the values [0, i) at place i.
struct Prefixes {
  std::vector<double> weight;
  std::vector<double> product;
};

void check(std::span<const float> weights, const KMeansOptions& options) {
  const auto count = static_cast<std::int64_t>(weights.size());
  if (options.clusters < 1) fail("kmeans: {} clusters, at least 1 is needed", options.clusters);
  if (options.clusters > count) fail("kmeans: {} clusters for {} weights; ask for fewer", options.clusters, count);
  if (options.iterations < 1) fail("kmeans: {} iterations, at least 1 is needed", options.iterations);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    if (!std::isfinite(weights[i])) fail("kmeans: weight {} is {}, which is no finite number", i, weights[i]);
  }
  const auto importance = options.importance;
  if (!importance.empty() && importance.size() != weights.size()) {
    fail("kmeans: {} importances for {} weights", importance.size(), weights.size());
  }
  for (std::size_t i = 0; i < importance.size(); ++i) {
    if (!std::isfinite(importance[i]) || importance[i] < 0) {
      fail("kmeans: importance {} is {}, expected a finite number that is not negative", i, importance[i]);
    }
  }
}

bool counts(const KMeansOptions& options) {
  return std::ranges::any_of(options.importance, [](float x) { return x > 0; });
}

/// The weights that move centroids; without the zeros where these have their own.
Points points_of(std::span<const float> weights, const KMeansOptions& options) {
  const bool weighted = counts(options);
  std::vector<std::size_t> order(weights.size());
  std::iota(order.begin(), order.end(), std::size_t{0});
  // By place among equals: sums have one order.
  std::ranges::sort(
      order, [&](std::size_t a, std::size_t b) { return weights[a] != weights[b] ? weights[a] < weights[b] : a < b; });
  Points points;
  for (const std::size_t i : order) {
    const double weight = weighted ? double{options.importance[i]} : 1.0;
    if (weight == 0 || (options.keep_zero && weights[i] == 0)) continue;
    const double x = weights[i];
    if (points.x.empty() || points.x.back() != x) {
      points.x.push_back(x);
      points.weight.push_back(0);
    }
    points.weight.back() += weight;
  }
  return points;
}

Prefixes prefixes_of(const Points& points) {
  Prefixes sums{{0}, {0}};
  for (std::size_t i = 0; i < points.size(); ++i) {
    sums.weight.push_back(sums.weight.back() + points.weight[i]);
    sums.product.push_back(sums.product.back() + points.weight[i] * points.x[i]);
  }
  return sums;
}

std::vector<double> linear_start(const Points& points, std::size_t clusters) {
  std::vector<double> centroids;
  const double least = points.x.front(), width = points.x.back() - least;
  for (std::size_t i = 0; i < clusters; ++i) {
    centroids.push_back(clusters == 1 ? least
                                      : least + width * static_cast<double>(i) / static_cast<double>(clusters - 1));
  }
  return centroids;
}

// A value that counts for many weights, as 0 of a pruned layer, would take all starts near it: hence the cap, and the
// next value where one is taken.
std::vector<double> density_start(const Points& points, std::size_t clusters) {
  const auto steps = static_cast<double>(clusters);
  const double most = std::accumulate(points.weight.begin(), points.weight.end(), 0.0) / steps;
  std::vector<double> cumulative;
  double sum = 0;
  for (const double weight : points.weight) cumulative.push_back(sum += std::min(weight, most));
  std::vector<double> centroids;
  std::size_t next = 0;
  for (std::size_t i = 0; i < clusters; ++i) {
    const double target = sum * (static_cast<double>(i) + 0.5) / steps;
    const auto reached = static_cast<std::size_t>(std::ranges::lower_bound(cumulative, target) - cumulative.begin());
    const std::size_t last = points.size() - (clusters - i);  // leaves a value for each start to come
    const std::size_t at = std::min(std::max(reached, next), last);
    centroids.push_back(points.x[at]);
    next = at + 1;
  }
  return centroids;
}

double uniform(Random& random) { return static_cast<double>(random.bits() >> 11) * 0x1p-53; }

std::vector<double> plus_plus_start(const Points& points, std::size_t clusters, std::uint64_t seed) {
  Random random(seed);
  std::vector<double> cost = points.weight;  // of drawing each value; the first is drawn by importance alone
  std::vector<double> distance(points.size(), std::numeric_limits<double>::infinity());
  std::vector<double> centroids;
  while (centroids.size() < clusters) {
    const double target = uniform(random) * std::accumulate(cost.begin(), cost.end(), 0.0);
    std::size_t drawn = points.size();
    double sum = 0;
    for (std::size_t i = 0; i < points.size(); ++i) {
      if (cost[i] == 0) continue;  // among them those drawn before
      drawn = i;
      sum += cost[i];
      if (sum > target) break;
    }
    if (drawn == points.size()) break;  // squares too small for a double: fewer starts
    centroids.push_back(points.x[drawn]);
    for (std::size_t i = 0; i < points.size(); ++i) {
      const double d = points.x[i] - points.x[drawn];
      distance[i] = std::min(distance[i], d * d);
      cost[i] = points.weight[i] * distance[i];
    }
  }
  std::ranges::sort(centroids);
  return centroids;
}

std::vector<double> start(const Points& points, std::size_t clusters, const KMeansOptions& options) {
  switch (options.start) {
    case Start::density:
      return density_start(points, clusters);
    case Start::plus_plus:
      return plus_plus_start(points, clusters, options.seed);
    case Start::linear:
      break;
  }
  return linear_start(points, clusters);
}

/// Where each group begins among sorted values; one more at the end.
std::vector<std::size_t> groups_of(const std::vector<double>& x, const std::vector<double>& centroids) {
  std::vector<std::size_t> begins{0};
  for (std::size_t c = 0; c + 1 < centroids.size(); ++c) {
    const double border = centroids[c] / 2 + centroids[c + 1] / 2;
    begins.push_back(static_cast<std::size_t>(std::ranges::upper_bound(x, border) - x.begin()));
  }
  begins.push_back(x.size());
  return begins;
}

/// The `many` values that are farthest from their centroids, and whose groups have others, with their groups.
struct Far {
  std::size_t point;
  std::size_t group;
};
std::vector<Far> farthest(const Points& points, const std::vector<double>& centroids,
                          const std::vector<std::size_t>& begins, std::size_t many) {
  std::vector<double> distance(points.size());
  std::vector<Far> all;
  for (std::size_t c = 0; c < centroids.size(); ++c) {
    for (std::size_t i = begins[c]; i < begins[c + 1]; ++i) {
      distance[i] = std::fabs(points.x[i] - centroids[c]);
      all.push_back({i, c});
    }
  }
  const auto before = [&](const Far& a, const Far& b) {
    return distance[a.point] != distance[b.point] ? distance[a.point] > distance[b.point] : a.point < b.point;
  };
  // At most one value of each group is passed over.
  const auto enough = static_cast<std::ptrdiff_t>(std::min(all.size(), many + centroids.size()));
  std::partial_sort(all.begin(), all.begin() + enough, all.end(), before);
  std::vector<std::size_t> left;
  for (std::size_t c = 0; c < centroids.size(); ++c) left.push_back(begins[c + 1] - begins[c]);
  std::vector<Far> taken;
  for (const Far& far : std::span(all).first(static_cast<std::size_t>(enough))) {
    if (taken.size() == many) break;
    if (left[far.group] < 2) continue;
    --left[far.group];
    taken.push_back(far);
  }
  return taken;
}

/// The means of the groups, sorted, with the empty ones filled.
std::vector<double> means(const Points& points, const Prefixes& sums, const std::vector<double>& centroids,
                          const std::vector<std::size_t>& begins) {
  std::vector<double> weight, product;
  std::vector<std::size_t> empty;
  for (std::size_t c = 0; c < centroids.size(); ++c) {
    weight.push_back(sums.weight[begins[c + 1]] - sums.weight[begins[c]]);
    product.push_back(sums.product[begins[c + 1]] - sums.product[begins[c]]);
    if (begins[c] == begins[c + 1]) empty.push_back(c);
  }
  if (!empty.empty()) {
    const auto moved = farthest(points, centroids, begins, empty.size());
    for (std::size_t i = 0; i < moved.size(); ++i) {
      const double w = points.weight[moved[i].point], wx = w * points.x[moved[i].point];
      weight[moved[i].group] -= w;
      product[moved[i].group] -= wx;
      weight[empty[i]] = w;
      product[empty[i]] = wx;
    }
  }
  std::vector<double> result;
  for (std::size_t c = 0; c < centroids.size(); ++c) {
    // Next to a large sum a small group's weight may round to nothing: it then stays where it was.
    result.push_back(weight[c] > 0 ? product[c] / weight[c] : centroids[c]);
  }
  std::ranges::sort(result);
  return result;
}

/// The means once more, each summed on its own: free of what the long prefix sums rounded away. Empty groups are gone.
std::vector<double> exact_means(const Points& points, const std::vector<std::size_t>& begins, bool keep_zero) {
  std::vector<double> result;
  for (std::size_t c = 0; c + 1 < begins.size(); ++c) {
    const std::size_t first = begins[c], end = begins[c + 1];
    if (first == end) continue;
    double weight = 0, product = 0, nearest = points.x[first];
    for (std::size_t i = first; i < end; ++i) {
      weight += points.weight[i];
      product += points.weight[i] * (points.x[i] - points.x[first]);
      if (std::fabs(points.x[i]) < std::fabs(nearest)) nearest = points.x[i];
    }
    const double mean = points.x[first] + product / weight;
    result.push_back(keep_zero && static_cast<float>(mean) == 0 ? nearest : mean);
  }
  std::ranges::sort(result);
  return result;
}

std::vector<double> lloyd(const Points& points, std::size_t clusters, const KMeansOptions& options) {
  if (points.size() <= clusters) return points.x;
  const Prefixes sums = prefixes_of(points);
  std::vector<double> centroids = start(points, clusters, options);
  std::vector<std::size_t> begins = groups_of(points.x, centroids);
  for (int i = 0; i < options.iterations; ++i) {
    centroids = means(points, sums, centroids, begins);
    std::vector<std::size_t> now = groups_of(points.x, centroids);
    if (now == begins) break;
    begins = std::move(now);
  }
  return exact_means(points, begins, options.keep_zero);
}

/// The nearest centroid, the lower of two; what is not 0 passes over `zero` (-1: there is none).
std::size_t nearest(const std::vector<double>& centroids, double x, std::ptrdiff_t zero) {
  if (zero >= 0 && x == 0) return static_cast<std::size_t>(zero);
  auto above = std::ranges::lower_bound(centroids, x) - centroids.begin();
  auto below = above - 1;
  if (above == zero) ++above;
  if (below == zero) --below;
  const auto count = static_cast<std::ptrdiff_t>(centroids.size());
  if (below < 0) return static_cast<std::size_t>(above);
  if (above >= count) return static_cast<std::size_t>(below);
  const double down = x - centroids[static_cast<std::size_t>(below)];
  const double up = centroids[static_cast<std::size_t>(above)] - x;
  return static_cast<std::size_t>(up < down ? above : below);
}

/// Drops centroids without members, as iterations that stop early may leave them.
void drop_unused(KMeans& result) {
  std::vector<std::int32_t> renumbered(result.centroids.size(), -1);
  for (const std::int32_t index : result.index) renumbered[static_cast<std::size_t>(index)] = 0;
  std::vector<double> used;
  for (std::size_t c = 0; c < result.centroids.size(); ++c) {
    if (renumbered[c] < 0) continue;
    renumbered[c] = static_cast<std::int32_t>(used.size());
    used.push_back(result.centroids[c]);
  }
  result.centroids = std::move(used);
  for (std::int32_t& index : result.index) index = renumbered[static_cast<std::size_t>(index)];
}

}  // namespace

KMeans kmeans(std::span<const float> weights, const KMeansOptions& options) {
  check(weights, options);
  const bool zero = options.keep_zero && std::ranges::find(weights, 0.0F) != weights.end();
  const bool others = std::ranges::any_of(weights, [](float x) { return x != 0; });
  const auto clusters = static_cast<std::size_t>(options.clusters) - (zero ? 1 : 0);
  if (zero && others && clusters == 0) fail("kmeans: 1 cluster cannot keep zeros apart from other weights; ask for 2");

  KMeans result;
  Points points = points_of(weights, options);
  if (points.x.empty() && others) {  // all that counts is 0, which has a centroid of its own
    KMeansOptions equal = options;
    equal.importance = {};
    points = points_of(weights, equal);
  }
  if (!points.x.empty()) result.centroids = lloyd(points, clusters, options);
  std::ptrdiff_t zero_at = -1;
  if (zero) {
    const auto place = std::ranges::lower_bound(result.centroids, 0.0);
    zero_at = place - result.centroids.begin();
    result.centroids.insert(place, 0.0);
  }
  const bool weighted = counts(options);
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::size_t index = nearest(result.centroids, weights[i], zero_at);
    const double distance = weights[i] - result.centroids[index];
    result.index.push_back(static_cast<std::int32_t>(index));
    result.inertia += (weighted ? double{options.importance[i]} : 1.0) * distance * distance;
  }
  drop_unused(result);
  return result;
}

}  // namespace mirim
