#include "bench/training/peer.hpp"

#include <torch/torch.h>
#include <torch/version.h>

namespace peer {
namespace {

using torch::Tensor;
namespace nn = torch::nn;

nn::Conv2d conv(int in, int out, std::vector<int64_t> kernel, std::vector<int64_t> stride, std::vector<int64_t> padding,
                int groups = 1) {
  return nn::Conv2d(nn::Conv2dOptions(in, out, {kernel[0], kernel[1]})
                        .stride({stride[0], stride[1]})
                        .padding({padding[0], padding[1]})
                        .groups(groups));
}

nn::Sequential mlp() {
  return nn::Sequential(nn::Linear(784, 128), nn::ReLU(), nn::Linear(128, 64), nn::ReLU(), nn::Linear(64, 10));
}

nn::Sequential ds_cnn() {
  nn::Sequential net(conv(1, 64, {10, 4}, {2, 2}, {5, 1}), nn::BatchNorm2d(64), nn::ReLU());
  for (int block = 0; block < 4; ++block) {
    net->push_back(conv(64, 64, {3, 3}, {1, 1}, {1, 1}, 64));
    net->push_back(nn::BatchNorm2d(64));
    net->push_back(nn::ReLU());
    net->push_back(conv(64, 64, {1, 1}, {1, 1}, {0, 0}));
    net->push_back(nn::BatchNorm2d(64));
    net->push_back(nn::ReLU());
  }
  net->push_back(nn::AdaptiveAvgPool2d(1));
  net->push_back(nn::Flatten());
  net->push_back(nn::Linear(64, 12));
  return net;
}

struct BlockImpl : nn::Module {
  BlockImpl(int in, int out, int stride)
      : first(conv(in, out, {3, 3}, {stride, stride}, {1, 1})),
        norm1(out),
        second(conv(out, out, {3, 3}, {1, 1}, {1, 1})),
        norm2(out) {
    register_module("first", first);
    register_module("norm1", norm1);
    register_module("second", second);
    register_module("norm2", norm2);
    if (in != out) {
      shortcut = conv(in, out, {1, 1}, {stride, stride}, {0, 0});
      register_module("shortcut", shortcut);
    }
  }
  Tensor forward(Tensor x) {
    Tensor y = norm2(second(torch::relu(norm1(first(x)))));
    return torch::relu(y + (shortcut ? shortcut(x) : x));
  }
  nn::Conv2d first;
  nn::BatchNorm2d norm1;
  nn::Conv2d second;
  nn::BatchNorm2d norm2;
  nn::Conv2d shortcut = nullptr;
};
TORCH_MODULE(Block);

nn::Sequential resnet8() {
  return nn::Sequential(conv(3, 16, {3, 3}, {1, 1}, {1, 1}), nn::BatchNorm2d(16), nn::ReLU(), Block(16, 16, 1),
                        Block(16, 32, 2), Block(32, 64, 2), nn::AdaptiveAvgPool2d(1), nn::Flatten(),
                        nn::Linear(64, 10));
}

nn::Sequential autoencoder() {
  nn::Sequential net;
  int before = 640;
  for (const int width : {128, 128, 128, 128, 8, 128, 128, 128, 128}) {
    net->push_back(nn::Linear(before, width));
    net->push_back(nn::ReLU());
    before = width;
  }
  net->push_back(nn::Linear(before, 640));
  return net;
}

}  // namespace

std::string begin(int threads) {
  torch::manual_seed(1);
  torch::set_num_threads(threads);
  at::globalContext().setUserEnabledMkldnn(true);
  return TORCH_VERSION;
}

std::function<float()> make_step(const std::string& network, int batch) {
  const bool rebuilds = network == "autoencoder";
  nn::Sequential net = network == "MLP"        ? mlp()
                       : network == "DS-CNN"   ? ds_cnn()
                       : network == "ResNet-8" ? resnet8()
                                               : autoencoder();
  const std::vector<int64_t> shape = network == "MLP"        ? std::vector<int64_t>{batch, 784}
                                     : network == "DS-CNN"   ? std::vector<int64_t>{batch, 1, 49, 10}
                                     : network == "ResNet-8" ? std::vector<int64_t>{batch, 3, 32, 32}
                                                             : std::vector<int64_t>{batch, 640};
  net->train();
  const Tensor x = torch::randn(shape);
  const Tensor labels = torch::randint(10, {batch}, torch::kLong);
  auto optimizer = std::make_shared<torch::optim::Adam>(net->parameters(), torch::optim::AdamOptions(1e-3));
  return [=]() mutable {
    optimizer->zero_grad();
    const Tensor y = net->forward(x);
    const Tensor loss = rebuilds ? torch::mse_loss(y, x) : torch::cross_entropy_loss(y, labels);
    loss.backward();
    optimizer->step();
    return loss.item<float>();
  };
}

}  // namespace peer
