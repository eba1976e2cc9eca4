#include <gtest/gtest.h>

#include <algorithm>

#include "mirim/graph/text.hpp"
#include "mirim/graph/verify.hpp"
#include "mirim/passes/batch_norm_metadata.hpp"
#include "mirim/zoo/toml.hpp"

namespace mirim {
namespace {

Graph by_toml(const std::string& name, const TomlModelOptions& options = {}) {
  return read_model(std::string(MIRIM_SOURCE_DIR) + "/models/" + name + ".toml", options);
}

/// Floats that a file of the trained network would hold.
std::int64_t parameters(const Graph& graph) {
  std::int64_t count = 0;
  for (const Value& value : graph.values) {
    const bool normalization = value.name.starts_with("input/");
    if (value.is_constant() && value.type.dtype == DType::float32 && !normalization) {
      count += value.type.shape.elements();
    }
  }
  return count;
}

std::int64_t macs(const Graph& graph) {
  std::int64_t count = 0;
  for (const Node& node : graph.nodes) count += node.op.cost(operands(graph, node.inputs)).macs;
  return count;
}

TEST(Networks, parameters_of_a_toml_file_change_its_sizes) {
  EXPECT_EQ(by_toml("ds_cnn", {.parameters = {{"height", 40}, {"classes", 4}}})[0].type.shape, (Shape{1, 40, 10, 1}));
  // By hand: 3x3 convolutions 27*8+8; 2*(72*8+8); 72*16+16 + 144*16+16 + 8*16+16; 144*32+32 + 288*32+32 + 16*32+32;
  // batch norms of 8, 8, 8, 16, 16, 32, 32 channels, 4 numbers each; 32*10+10.
  EXPECT_EQ(parameters(by_toml("resnet8", {.parameters = {{"filters", 8}}})),
            224 + 1168 + 1168 + 2320 + 144 + 4640 + 9248 + 544 + 4 * 120 + 330);
}

// MLPerf Tiny v1.0: benchmark/training/*, Keras's model.summary() and the paper's table (Banbury et al., 2021).
TEST(Networks, ds_cnn_has_the_published_size) {
  EXPECT_EQ(parameters(by_toml("ds_cnn")), 24'908);
  EXPECT_EQ(macs(by_toml("ds_cnn")), 2'656'768);
}

TEST(Networks, resnet8_has_the_published_size) {
  EXPECT_EQ(parameters(by_toml("resnet8")), 78'666);
  EXPECT_EQ(macs(by_toml("resnet8")), 12'501'632);
}

// By hand: convolutions 9*8 + 8 and 72*16 + 16, dense 784*32 + 32 and 32*784 + 784, transposed 144*8 + 8 and 72 + 1.
TEST(Networks, the_convolutional_autoencoder_has_the_size_that_its_file_tells) {
  const Graph graph = by_toml("conv_autoencoder");
  EXPECT_EQ(verify(graph), std::vector<std::string>{});
  EXPECT_EQ(graph[graph.outputs[0]].type.shape, graph[graph.inputs[0]].type.shape);
  EXPECT_EQ(parameters(graph), 53'473);
  EXPECT_EQ(macs(graph), 196 * 72 + 49 * 16 * 72 + 2 * 784 * 32 + 49 * 16 * 72 + 196 * 72);
}

TEST(Networks, autoencoder_has_the_published_size) {
  EXPECT_EQ(parameters(by_toml("autoencoder")), 269'992);
  EXPECT_EQ(macs(by_toml("autoencoder")), 264'192);
}

TEST(Networks, lenet5_has_its_61706_parameters) { EXPECT_EQ(parameters(by_toml("lenet5")), 61'706); }

TEST(Networks, fashion_cnn_keeps_within_60000_parameters) {
  EXPECT_LE(parameters(by_toml("fashion_cnn")), 60'000);
  // 18*9 + 36*18*9 + 54*36*9 weights, 4 numbers of batch norm a channel, 7*7*54*10 + 10
  EXPECT_EQ(parameters(by_toml("fashion_cnn")), 162 + 5832 + 17'496 + 4 * 108 + 26'470);
}

TEST(Networks, batch_norm_goes_into_a_file_and_comes_back) {
  Model model;
  model.graphs.push_back(by_toml("resnet8"));
  const auto count = [&] {
    return std::ranges::count_if(model.main().nodes, [](const Node& node) { return node.op.name() == "BATCH_NORM"; });
  };
  EXPECT_EQ(count(), 7);
  save_batch_norm(model);
  EXPECT_EQ(count(), 0);
  restore_batch_norm(model);
  EXPECT_EQ(count(), 7);
  EXPECT_EQ(parameters(model.main()), 78'666);
}

TEST(Networks, seeds_decide_the_weights) {
  EXPECT_EQ(to_text(by_toml("mlp", {.seed = 3})), to_text(by_toml("mlp", {.seed = 3})));
  EXPECT_NE(to_text(by_toml("mlp", {.seed = 3})), to_text(by_toml("mlp", {.seed = 4})));
}

}  // namespace
}  // namespace mirim
