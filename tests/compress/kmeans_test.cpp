#include "mirim/compress/kmeans.hpp"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <limits>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/file.hpp"
#include "mirim/base/random.hpp"
#include "mirim/graph/text.hpp"
#include "mirim/ops/all.hpp"

namespace mirim {
namespace {

using testing::DoubleEq;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pointwise;

std::string error_of(const std::vector<float>& weights, const KMeansOptions& options) {
  try {
    kmeans(weights, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

std::vector<float> normal_weights(std::size_t count, std::uint64_t seed) {
  Random random(seed);
  std::vector<float> weights(count);
  for (float& x : weights) x = random.normal();
  return weights;
}

// Han, Mao and Dally: Deep Compression, 2016, figure 3.
const std::vector<float> kDeepCompression{2.09F,  -0.98F, 1.48F, 0.09F,  0.05F, -0.14F, -1.08F, 2.12F,
                                          -0.91F, 1.92F,  0.0F,  -1.03F, 1.87F, 0.0F,   1.53F,  1.49F};

TEST(KMeans, of_the_deep_compression_example_has_its_four_centroids) {
  const KMeans found = kmeans(kDeepCompression, {.clusters = 4});
  // (-0.98 - 1.08 - 0.91 - 1.03) / 4 = -1, (0.09 + 0.05 - 0.14 + 0 + 0) / 5 = 0, (1.48 + 1.53 + 1.49) / 3 = 1.5,
  // (2.09 + 2.12 + 1.92 + 1.87) / 4 = 2
  EXPECT_THAT(found.centroids, Pointwise(DoubleNear(1e-7), {-1.0, 0.0, 1.5, 2.0}));
  EXPECT_THAT(found.index, ElementsAre(3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2));
  // 0.02^2 + 0.08^2 + 0.09^2 + 0.03^2 = 0.0158; 0.09^2 + 0.05^2 + 0.14^2 = 0.0302; 0.02^2 + 0.03^2 + 0.01^2 = 0.0014;
  // 0.09^2 + 0.12^2 + 0.08^2 + 0.13^2 = 0.0458
  EXPECT_NEAR(found.inertia, 0.0932, 1e-6);
}

TEST(KMeans, finds_the_same_four_centroids_from_every_start) {
  for (const Start start : {Start::linear, Start::density, Start::plus_plus}) {
    const KMeans found = kmeans(kDeepCompression, {.clusters = 4, .start = start});
    EXPECT_THAT(found.centroids, Pointwise(DoubleNear(1e-7), {-1.0, 0.0, 1.5, 2.0})) << static_cast<int>(start);
  }
}

TEST(KMeans, keeps_a_centroid_for_zeros_alone) {
  // Without: {0, 0, 0.1} and {1, 1.1, 1.2}. With: the two zeros, and two for the rest, {0.1} and {1, 1.1, 1.2}.
  const std::vector<float> weights{0, 1, 0.1F, 1.2F, 0, 1.1F};
  const KMeans found = kmeans(weights, {.clusters = 3, .keep_zero = true});
  EXPECT_THAT(found.centroids, Pointwise(DoubleNear(1e-7), {0.0, 0.1, 1.1}));
  EXPECT_EQ(found.centroids[0], 0);
  EXPECT_THAT(found.index, ElementsAre(0, 2, 1, 2, 0, 2));
}

TEST(KMeans, never_turns_another_weight_into_a_zero_that_is_kept) {
  // The mean of -1, 0.5 and 0.5 is 0: the member nearest to it stands for them.
  const std::vector<float> weights{-1, 0, 0.5F, 0.5F};
  const KMeans found = kmeans(weights, {.clusters = 2, .keep_zero = true});
  EXPECT_THAT(found.centroids, ElementsAre(0.0, 0.5));
  EXPECT_THAT(found.index, ElementsAre(1, 0, 1, 1));
}

TEST(KMeans, has_no_centroid_0_where_no_weight_is_0) {
  const std::vector<float> weights{1, 2, 3};
  EXPECT_THAT(kmeans(weights, {.clusters = 3, .keep_zero = true}).centroids, ElementsAre(1.0, 2.0, 3.0));
}

TEST(KMeans, weighs_by_importance) {
  // (1 * 3 + 2 * 1) / 4 = 1.25 and 10; a weight that counts 0 joins the nearest.
  const std::vector<float> weights{1, 2, 10, 9};
  const std::vector<float> importance{3, 1, 1, 0};
  const KMeans found = kmeans(weights, {.clusters = 2, .importance = importance});
  EXPECT_THAT(found.centroids, ElementsAre(1.25, 10.0));
  EXPECT_THAT(found.index, ElementsAre(0, 0, 1, 1));
  EXPECT_DOUBLE_EQ(found.inertia, 3 * 0.25 * 0.25 + 0.75 * 0.75);
}

TEST(KMeans, counts_all_weights_the_same_where_nothing_is_important) {
  const std::vector<float> weights{1, 2, 9, 10};
  const std::vector<float> importance{0, 0, 0, 0};
  EXPECT_THAT(kmeans(weights, {.clusters = 2, .importance = importance}).centroids, ElementsAre(1.5, 9.5));
}

TEST(KMeans, has_as_many_centroids_as_there_are_values) {
  const std::vector<float> weights{3, -1, 3, 3, -1};
  const KMeans found = kmeans(weights, {.clusters = 4});
  EXPECT_THAT(found.centroids, ElementsAre(-1.0, 3.0));
  EXPECT_THAT(found.index, ElementsAre(1, 0, 1, 1, 0));
  EXPECT_EQ(found.inertia, 0);
}

TEST(KMeans, gives_an_empty_group_the_farthest_value) {
  // Starts 0, 5, 10; nothing is near 5. Of the rest 8 is the farthest from its start: {0, 1}, {8}, {9.5, 10}.
  const std::vector<float> weights{0, 1, 8, 9.5F, 10};
  const KMeans found = kmeans(weights, {.clusters = 3});
  EXPECT_THAT(found.centroids, ElementsAre(0.5, 8.0, 9.75));
}

TEST(KMeans, leaves_no_centroid_without_members_when_it_stops_early) {
  const std::vector<float> weights = normal_weights(400, 3);
  for (int iterations = 1; iterations < 6; ++iterations) {
    const KMeans found = kmeans(weights, {.clusters = 64, .iterations = iterations});
    std::vector<int> members(found.centroids.size());
    for (const std::int32_t index : found.index) ++members[static_cast<std::size_t>(index)];
    EXPECT_THAT(members, testing::Each(testing::Gt(0)));
    EXPECT_TRUE(std::ranges::is_sorted(found.centroids));
  }
}

TEST(KMeans, is_a_fixed_point_each_weight_is_nearest_to_the_mean_of_its_group) {
  const std::vector<float> weights = normal_weights(2000, 7);
  for (const Start start : {Start::linear, Start::density, Start::plus_plus}) {
    const KMeans found = kmeans(weights, {.clusters = 16, .start = start});
    std::vector<double> sum(16), count(16);
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto own = static_cast<std::size_t>(found.index[i]);
      sum[own] += weights[i];
      count[own] += 1;
      for (const double other : found.centroids) {
        ASSERT_LE(std::fabs(weights[i] - found.centroids[own]), std::fabs(weights[i] - other));
      }
    }
    for (std::size_t c = 0; c < 16; ++c) EXPECT_NEAR(found.centroids[c], sum[c] / count[c], 1e-12);
  }
}

TEST(KMeans, starts_at_random_by_its_seed_alone) {
  const std::vector<float> weights = normal_weights(500, 11);
  const auto centroids = [&](std::uint64_t seed) {
    return kmeans(weights, {.clusters = 8, .start = Start::plus_plus, .iterations = 1, .seed = seed}).centroids;
  };
  EXPECT_EQ(centroids(5), centroids(5));
  EXPECT_NE(centroids(5), centroids(6));
}

TEST(KMeans, says_what_does_not_fit) {
  const std::vector<float> two{1, 2};
  EXPECT_THAT(error_of(two, {.clusters = 0}), HasSubstr("0 clusters"));
  EXPECT_THAT(error_of(two, {.clusters = 3}), HasSubstr("3 clusters for 2 weights"));
  EXPECT_THAT(error_of(two, {.clusters = 1, .iterations = 0}), HasSubstr("0 iterations"));
  EXPECT_THAT(error_of({1, NAN}, {.clusters = 1}), HasSubstr("weight 1 is nan"));
  EXPECT_THAT(error_of({-INFINITY, 1}, {.clusters = 1}), HasSubstr("weight 0 is -inf"));
  const std::vector<float> one{1}, negative{1, -1};
  EXPECT_THAT(error_of(two, {.clusters = 1, .importance = one}), HasSubstr("1 importances for 2 weights"));
  EXPECT_THAT(error_of(two, {.clusters = 1, .importance = negative}), HasSubstr("importance 1 is -1"));
  EXPECT_THAT(error_of({0, 1}, {.clusters = 1, .keep_zero = true}), HasSubstr("ask for 2"));
}

TEST(KMeans, shares_half_a_million_weights_among_256) {
  const std::vector<float> weights = normal_weights(500'000, 1);
  for (const Start start : {Start::linear, Start::density, Start::plus_plus}) {
    const KMeans found = kmeans(weights, {.clusters = 256, .start = start});
    EXPECT_EQ(found.centroids.size(), 256U);
    EXPECT_LT(found.inertia / 500'000, 0.01);  // against a variance of 1
  }
}

// The graphs of the file, each from "graph" to the next one.
std::vector<Graph> golden() {
  const std::string text = read_text(std::filesystem::path(MIRIM_SOURCE_DIR) / "tests/golden/kmeans.txt");
  std::vector<Graph> result;
  for (std::size_t at = text.find("graph \""); at != std::string::npos;) {
    const std::size_t next = text.find("\ngraph \"", at);
    result.push_back(parse_graph(text.substr(at, next - at), all_operators()));
    at = next == std::string::npos ? next : next + 1;
  }
  return result;
}

const Value* named(const Graph& graph, std::string_view name) {
  const auto found = std::ranges::find(graph.values, name, &Value::name);
  return found == graph.values.end() ? nullptr : &*found;
}

// scikit-learn's answers; the file's first line names its version.
TEST(KMeans, agrees_with_scikit_learn_to_1e_6) {
  const std::vector<Graph> graphs = golden();
  ASSERT_GE(graphs.size(), 8U);
  for (const Graph& graph : graphs) {
    const auto centroids = named(graph, "centroids")->values<double>();
    SCOPED_TRACE(graph.name + ", " + std::to_string(centroids.size()) + " clusters");
    KMeansOptions options{.clusters = std::ssize(centroids)};
    options.start = graph.name == "linear" ? Start::linear : Start::density;
    if (const Value* importance = named(graph, "importance")) options.importance = importance->values<float>();
    const KMeans found = kmeans(named(graph, "weights")->values<float>(), options);
    EXPECT_THAT(found.centroids, Pointwise(DoubleNear(1e-6), centroids));
    EXPECT_NEAR(found.inertia, named(graph, "inertia")->values<double>()[0], 1e-6);
  }
}

}  // namespace
}  // namespace mirim
