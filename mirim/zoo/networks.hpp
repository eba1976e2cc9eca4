#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "mirim/graph/graph.hpp"

// The named networks, float and untrained, with weights from `seed`. models/NAME.toml describes each too; a test checks
// that both agree.
namespace mirim {

/// 784-128-64-10 with ReLU, from raw bytes.
struct Mlp {
  std::int64_t height = 28;
  std::int64_t width = 28;
  std::int64_t channels = 1;
  std::int64_t classes = 10;
  std::uint64_t seed = 1;
};
Graph mlp(const Mlp& options = {});

/// LeCun et al., "Gradient-based learning applied to document recognition", 1998, in today's form: ReLU, maximum
/// pooling, softmax; 61,706 parameters at 28x28 with 10 classes. From raw bytes.
struct LeNet5 {
  std::int64_t height = 28;
  std::int64_t width = 28;
  std::int64_t channels = 1;
  std::int64_t classes = 10;
  std::uint64_t seed = 1;
};
Graph lenet5(const LeNet5& options = {});

/// MLPerf Tiny's keyword spotting network: a 10x4 convolution and four depthwise separable ones; 49x10 MFCC in. 24,908
/// parameters with batch norm, 2,656,768 MACs. Zhang et al., "Hello Edge", 2017.
struct DsCnn {
  std::int64_t height = 49;
  std::int64_t width = 10;
  std::int64_t channels = 1;
  std::int64_t classes = 12;
  std::int64_t filters = 64;
  std::uint64_t seed = 1;
};
Graph ds_cnn(const DsCnn& options = {});

/// MLPerf Tiny's image classification network: three residual blocks of 16, 32 and 64 channels; 78,666 parameters with
/// batch norm, 12,501,632 MACs. He et al., "Deep Residual Learning", 2015. From raw bytes, 0 to 255.
struct ResNet8 {
  std::int64_t height = 32;
  std::int64_t width = 32;
  std::int64_t channels = 3;
  std::int64_t classes = 10;
  std::int64_t filters = 16;
  std::uint64_t seed = 1;
};
Graph resnet8(const ResNet8& options = {});

/// MLPerf Tiny's anomaly detection network: 640-128-128-128-128-8-128-128-128-128-640 with batch norm and ReLU after
/// all but the last; 269,992 parameters, 264,192 MACs.
struct Autoencoder {
  std::int64_t features = 640;
  std::int64_t units = 128;
  std::int64_t code = 8;
  std::uint64_t seed = 1;
};
Graph autoencoder(const Autoencoder& options = {});

/// For Fashion-MNIST: three 3x3 convolutions with maximum pooling between them, and a layer that sees the position of
/// each feature, since the images are centred. 50,392 parameters with batch norm, 2,153,844 MACs. From raw bytes; 73 is
/// the mean and 90 the deviation over the training images.
struct FashionCnn {
  std::int64_t height = 28;
  std::int64_t width = 28;
  std::int64_t channels = 1;
  std::int64_t classes = 10;
  std::int64_t filters = 18;
  std::uint64_t seed = 1;
};
Graph fashion_cnn(const FashionCnn& options = {});

/// mlp, lenet5, ds_cnn, resnet8, autoencoder, fashion_cnn.
const std::vector<std::string>& network_names();

}  // namespace mirim
