#include "mirim/compress/cluster.hpp"

#include <gmock/gmock.h>

#include <cstring>
#include <set>
#include <string>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/compress/encoding.hpp"

namespace mirim {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

Graph graph_with(Shape shape, const std::vector<float>& values, std::optional<WeightForm> form = {}) {
  Graph graph;
  graph.add(Value{.name = "weights",
                  .type = {DType::float32, std::move(shape)},
                  .constant = make_constant(values),
                  .form = std::move(form)});
  return graph;
}

std::vector<float> values_of(const Graph& graph) {
  const auto values = graph[0].values<float>();
  return {values.begin(), values.end()};
}

std::string error_of(Graph graph, const ClusterOptions& options) {
  try {
    cluster(graph, 0, options);
  } catch (const Error& error) {
    return error.what();
  }
  return "";
}

// Whether the form says nothing that is not so.
void expect_true_form(Graph graph) { EXPECT_THAT(drop_broken_parts(graph[0]), IsEmpty()); }

TEST(Cluster, puts_centroids_in_the_place_of_weights_and_says_so) {
  Graph graph = graph_with({2, 3}, {1, 2, 9, 10, 1, 2});
  const Clustered found = cluster(graph, 0, {.kmeans = {.clusters = 2}});
  EXPECT_THAT(values_of(graph), ElementsAre(1.5, 1.5, 9.5, 9.5, 1.5, 1.5));
  EXPECT_EQ(graph[0].form->codebook, (WeightForm::Codebook{.centroids = 2, .per_row = false}));
  EXPECT_EQ(found.centroids, 2);
  EXPECT_DOUBLE_EQ(found.inertia, 6 * 0.25);
  expect_true_form(graph);
}

TEST(Cluster, the_textbook_s_4x4_matrix_becomes_four_floats_and_sixteen_two_bit_indices) {
  // Han, Mao and Dally: Deep Compression, 2016, figure 3: 16 floats of 32 bits become 4 of them and 16 indices of 2
  // bits.
  Graph graph = graph_with({4, 4}, {2.09F, -0.98F, 1.48F, 0.09F, 0.05F, -0.14F, -1.08F, 2.12F, -0.91F, 1.92F, 0.0F,
                                    -1.03F, 1.87F, 0.0F, 1.53F, 1.49F});
  cluster(graph, 0, {.kmeans = {.clusters = 4}});
  const Encoding codebook{.symbols = Symbols::codebook};
  const Bytes bytes = encode(graph[0], codebook);
  constexpr std::size_t kHead = 5;  // what it is, how many rows, how many entries
  ASSERT_EQ(bytes.size(), kHead + 4 * sizeof(float) + 16 * 2 / 8);
  float entries[4];
  std::memcpy(entries, bytes.data() + kHead, sizeof entries);
  EXPECT_THAT(entries, testing::Pointwise(testing::FloatNear(1e-6F), {-1.0F, 0.0F, 1.5F, 2.0F}));
  std::vector<int> indices;
  for (std::size_t i = 0; i < 16; ++i) {
    const int four = std::to_integer<int>(bytes[kHead + sizeof entries + i / 4]);
    indices.push_back(four >> 2 * (i % 4) & 3);
  }
  EXPECT_THAT(indices, ElementsAre(3, 0, 2, 1, 1, 1, 0, 3, 0, 3, 1, 0, 3, 1, 2, 2));
  EXPECT_EQ(*decode(bytes, graph[0].type), *graph[0].constant);
}

TEST(Cluster, leaves_copies_of_the_graph_alone) {
  Graph graph = graph_with({2}, {1, 2});
  const Graph before = graph;
  cluster(graph, 0, {.kmeans = {.clusters = 1}});
  EXPECT_THAT(values_of(before), ElementsAre(1, 2));
  EXPECT_THAT(values_of(graph), ElementsAre(1.5, 1.5));
}

TEST(Cluster, gives_each_row_of_the_output_axis_its_own_codebook) {
  // Depthwise weights [1, 1, 4, 2]: the rows are 1, 2, 9, 10 and 5, 5, 5, 7.
  Graph graph = graph_with({1, 1, 4, 2}, {1, 5, 2, 5, 9, 5, 10, 7});
  cluster(graph, 0, {.kmeans = {.clusters = 2}, .per_row = true, .axis = 3});
  EXPECT_THAT(values_of(graph), ElementsAre(1.5, 5, 1.5, 5, 9.5, 5, 9.5, 7));
  EXPECT_EQ(graph[0].form->codebook, (WeightForm::Codebook{.centroids = 2, .per_row = true}));
  EXPECT_EQ(graph[0].form->axis, 3);
  expect_true_form(graph);
}

TEST(Cluster, keeps_the_zeros_of_sparse_weights_and_makes_no_others) {
  Graph graph = graph_with({1, 6}, {0, 0.01F, 1, 0, 1.1F, -0.01F}, WeightForm{.sparsity = WeightForm::Sparsity{}});
  cluster(graph, 0, {.kmeans = {.clusters = 3}});
  // 0.01 and -0.01 have the mean 0, which only zeros may have: the first of them, as both are as near to 0.
  EXPECT_THAT(values_of(graph), ElementsAre(0, -0.01F, 1.05F, 0, 1.05F, -0.01F));
  EXPECT_TRUE(graph[0].form->sparsity);
  expect_true_form(graph);
}

TEST(Cluster, rounds_centroids_to_the_grid) {
  // On a grid of 0.5: 2, 4, 5 and -6, -7; means 11 / 3 and -6.5, rounded to 4 and -7 (the lower of two).
  WeightForm form{.grid = grid_of_bits(4)};
  form.grid->scale = {0.5F};
  Graph graph = graph_with({1, 5}, {1, 2, 2.5F, -3, -3.5F}, form);
  cluster(graph, 0, {.kmeans = {.clusters = 2}});
  EXPECT_THAT(values_of(graph), ElementsAre(2, 2, 2, -3.5, -3.5));
  EXPECT_TRUE(graph[0].form->grid);
  expect_true_form(graph);
}

TEST(Cluster, rounds_centroids_to_different_integers) {
  // Sixteen rows of numbers of 4 bits: all 15 integers are there, 12 centroids fall between them.
  WeightForm form{.grid = grid_of_bits(4)};
  form.grid->scale = {0.25F};
  Random random(5);
  std::vector<float> weights(256);
  for (float& x : weights) x = 0.25F * static_cast<float>(random.below(15) - 7);
  for (const std::int64_t clusters : {3, 8, 12, 14, 15}) {
    Graph graph = graph_with({16, 16}, weights, form);
    EXPECT_EQ(cluster(graph, 0, {.kmeans = {.clusters = clusters}}).centroids, clusters);
    const auto found = values_of(graph);
    EXPECT_EQ(std::ssize(std::set<float>(found.begin(), found.end())), clusters);
    expect_true_form(graph);
  }
}

TEST(Cluster, takes_the_scale_of_each_row_of_a_grid) {
  WeightForm form{.grid = grid_of_bits(8)};
  form.grid->scale = {1, 0.5F};
  // Row 0: {3, 4} and {20}; row 1 in steps of 0.5: {-3, -1, 0} and {10}: -4 / 3 is rounded to -1.
  Graph graph = graph_with({2, 4}, {3, 4, 4, 20, -1.5F, -0.5F, 0, 5}, form);
  cluster(graph, 0, {.kmeans = {.clusters = 2}, .per_row = true});
  EXPECT_THAT(values_of(graph), ElementsAre(4, 4, 4, 20, -0.5, -0.5, -0.5, 5));
  expect_true_form(graph);
}

TEST(Cluster, says_what_does_not_fit) {
  WeightForm grid{.grid = grid_of_bits(8)};
  grid.grid->scale = {1, 0.5F};
  const Graph two_scales = graph_with({2, 2}, {1, 2, 3, 4}, grid);
  EXPECT_THAT(error_of(two_scales, {.kmeans = {.clusters = 2}}), HasSubstr("'weights': one codebook cannot hold"));
  EXPECT_EQ(error_of(two_scales, {.kmeans = {.clusters = 2}, .per_row = true}), "");
  EXPECT_THAT(error_of(graph_with({2}, {1, 2}), {.kmeans = {.clusters = 3}}), HasSubstr("'weights': kmeans: 3"));
  const std::vector<float> importance{1};
  EXPECT_THAT(error_of(graph_with({2}, {1, 2}), {.kmeans = {.clusters = 1, .importance = importance}}),
              HasSubstr("1 importances for 2 weights"));
  Graph variable = graph_with({2}, {1, 2});
  variable[0].variable = true;
  EXPECT_THAT(error_of(variable, {.kmeans = {.clusters = 1}}), HasSubstr("only float32 constants"));
}

}  // namespace
}  // namespace mirim
