#include "bench/training/networks.hpp"

#include "mirim/zoo/layers/all.hpp"
#include "mirim/zoo/toml.hpp"
#include "tests/exec/networks.hpp"

namespace mirim::benchmark {
namespace {

/// 3x3 convolutions of 8, 16 and 32 filters on a small colour image.
Graph cnn_8_16_32() {
  Builder builder("CNN 8-16-32");
  builder.input({.shape = {32, 32, 3}});
  for (const std::int64_t filters : {8, 16, 32}) {
    builder.append(Conv2dLayer{.filters = filters, .activation = "relu"});
    builder.append(PoolLayer{});
  }
  builder.append(FlattenLayer{});
  builder.append(FullyConnectedLayer{.units = 10});
  builder.append(ActivationLayer{.kind = "softmax"});
  return builder.build();
}

/// Movements: 128 readings of three axes.
Graph one_dimensional() {
  Builder builder("1-D");
  builder.input({.shape = {1, 128, 3}});
  builder.append(Conv2dLayer{.filters = 16, .kernel = {1, 9}, .activation = "relu"});
  builder.append(PoolLayer{.size = {1, 2}});
  builder.append(Conv2dLayer{.filters = 24, .kernel = {1, 5}, .activation = "relu"});
  builder.append(PoolLayer{.size = {1, 2}});
  builder.append(Conv2dLayer{.filters = 32, .kernel = {1, 5}, .stride = {1, 2}, .activation = "relu"});
  builder.append(FlattenLayer{});
  builder.append(FullyConnectedLayer{.units = 10});
  builder.append(ActivationLayer{.kind = "softmax"});
  return builder.build();
}

/// Filters that each see one channel: eight on the network's only channel, as micro_speech has them, and one on each
/// of these.
Graph one_channel_depthwise() {
  Builder builder("depthwise");
  builder.input({.shape = {49, 40, 1}});
  builder.append(DepthwiseConv2dLayer{.multiplier = 8, .kernel = {10, 8}, .stride = {2, 2}, .activation = "relu"});
  builder.append(DepthwiseConv2dLayer{.kernel = {3, 3}, .activation = "relu"});
  builder.append(DepthwiseConv2dLayer{.kernel = {3, 3}, .stride = {2, 2}, .activation = "relu"});
  builder.append(FlattenLayer{});
  builder.append(FullyConnectedLayer{.units = 10});
  builder.append(ActivationLayer{.kind = "softmax"});
  return builder.build();
}

/// Baldi et al., "Searching for exotic particles in high-energy physics with deep learning", 2014.
Graph five_of_300_tanh() {
  Builder builder("5 x 300 tanh");
  builder.input({.shape = {28}});
  for (int layer = 0; layer < 5; ++layer) builder.append(FullyConnectedLayer{.units = 300, .activation = "tanh"});
  builder.append(FullyConnectedLayer{.units = 2});
  builder.append(ActivationLayer{.kind = "softmax"});
  return builder.build();
}

}  // namespace

const std::vector<Network>& networks() {
  static const std::vector<Network> all = {{"MLP"},
                                           {"DS-CNN"},
                                           {"ResNet-8"},
                                           {.name = "autoencoder", .rebuilds = true},
                                           {.name = "lenet5", .added = true},
                                           {.name = "fashion_cnn", .added = true},
                                           {.name = "CNN 8-16-32", .added = true},
                                           {.name = "1-D", .added = true},
                                           {.name = "depthwise", .added = true},
                                           {.name = "5 x 300 tanh", .added = true, .batches = {1, 32, 100, 128}}};
  return all;
}

Graph graph_of(const std::string& name) {
  if (name == "MLP") return mirim::networks::mlp(784, 128);
  if (name == "DS-CNN") return mirim::networks::ds_cnn(49, 10, 64);
  if (name == "ResNet-8") return mirim::networks::resnet8(32, 16);
  if (name == "autoencoder") return mirim::networks::autoencoder(640, 128, 8, false);
  if (name == "CNN 8-16-32") return cnn_8_16_32();
  if (name == "1-D") return one_dimensional();
  if (name == "depthwise") return one_channel_depthwise();
  if (name == "5 x 300 tanh") return five_of_300_tanh();
  return read_model("models/" + name + ".toml");
}

}  // namespace mirim::benchmark
