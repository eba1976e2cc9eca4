#include "mirim/zoo/networks.hpp"

#include "mirim/zoo/builder.hpp"

namespace mirim {
namespace {

// Bytes become 0 to 1.
const std::vector<float> kByteScale = {1.0F / 255.0F};

}  // namespace

Graph mlp(const Mlp& options) {
  Builder builder("mlp", options.seed);
  builder.input({.shape = {options.height, options.width, options.channels}, .scale = kByteScale});
  builder.flatten();
  builder.fully_connected({.units = 128, .activation = "relu"});
  builder.fully_connected({.units = 64, .activation = "relu"});
  builder.fully_connected({.units = options.classes});
  builder.softmax();
  return builder.build();
}

Graph lenet5(const LeNet5& options) {
  Builder builder("lenet5", options.seed);
  builder.input({.shape = {options.height, options.width, options.channels}, .scale = kByteScale});
  builder.conv2d({.filters = 6, .kernel = {5, 5}, .activation = "relu"});
  builder.max_pool2d();
  builder.conv2d({.filters = 16, .kernel = {5, 5}, .padding = Padding::valid, .activation = "relu"});
  builder.max_pool2d();
  builder.flatten();
  builder.fully_connected({.units = 120, .activation = "relu"});
  builder.fully_connected({.units = 84, .activation = "relu"});
  builder.fully_connected({.units = options.classes});
  builder.softmax();
  return builder.build();
}

Graph ds_cnn(const DsCnn& options) {
  Builder builder("ds_cnn", options.seed);
  builder.input({.shape = {options.height, options.width, options.channels}});
  builder.conv2d(
      {.filters = options.filters, .kernel = {10, 4}, .stride = {2, 2}, .batch_norm = true, .activation = "relu"});
  builder.dropout({.rate = 0.2F});
  for (int block = 0; block < 4; ++block) {
    builder.depthwise_conv2d({.batch_norm = true, .activation = "relu"});
    builder.conv2d({.filters = options.filters, .kernel = {1, 1}, .batch_norm = true, .activation = "relu"});
  }
  builder.dropout({.rate = 0.4F});
  builder.global_average_pool();
  builder.fully_connected({.units = options.classes});
  builder.softmax();
  return builder.build();
}

Graph resnet8(const ResNet8& options) {
  Builder builder("resnet8", options.seed);
  builder.input({.shape = {options.height, options.width, options.channels}});
  ValueId before = builder.conv2d({.filters = options.filters, .batch_norm = true, .activation = "relu"});
  for (int block = 0; block < 3; ++block) {
    const std::int64_t filters = options.filters << block;
    const std::int32_t stride = block == 0 ? 1 : 2;
    builder.conv2d(
        {.filters = filters, .stride = {stride, stride}, .batch_norm = true, .activation = "relu", .from = before});
    const ValueId straight = builder.conv2d({.filters = filters, .batch_norm = true});
    // If the shape changes, the shortcut is a 1x1 convolution, without batch norm as in MLPerf's.
    if (block > 0) {
      before = builder.conv2d({.filters = filters, .kernel = {1, 1}, .stride = {stride, stride}, .from = before});
    }
    before = builder.add({.from = {before, straight}, .activation = "relu"});
  }
  builder.global_average_pool();
  builder.fully_connected({.units = options.classes});
  builder.softmax();
  return builder.build();
}

Graph autoencoder(const Autoencoder& options) {
  Builder builder("autoencoder", options.seed);
  builder.input({.shape = {options.features}});
  const std::int64_t wide = options.units;
  for (const std::int64_t units : {wide, wide, wide, wide, options.code, wide, wide, wide, wide}) {
    builder.fully_connected({.units = units, .batch_norm = true, .activation = "relu"});
  }
  builder.fully_connected({.units = options.features});
  return builder.build();
}

Graph fashion_cnn(const FashionCnn& options) {
  Builder builder("fashion_cnn", options.seed);
  const std::int64_t filters = options.filters;
  builder.input({.shape = {options.height, options.width, options.channels}, .mean = {73}, .deviation = {90}});
  builder.conv2d({.filters = filters, .bias = false, .batch_norm = true, .activation = "relu"});
  builder.max_pool2d();
  builder.conv2d({.filters = 2 * filters, .bias = false, .batch_norm = true, .activation = "relu"});
  builder.max_pool2d();
  builder.conv2d({.filters = 3 * filters, .bias = false, .batch_norm = true, .activation = "relu"});
  builder.flatten();
  builder.dropout({.rate = 0.3F});
  builder.fully_connected({.units = options.classes});
  builder.softmax();
  return builder.build();
}

const std::vector<std::string>& network_names() {
  static const std::vector<std::string> names = {"mlp", "lenet5", "ds_cnn", "resnet8", "autoencoder", "fashion_cnn"};
  return names;
}

}  // namespace mirim
