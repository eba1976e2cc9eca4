#pragma once

#include <string>
#include <vector>

#include "mirim/exec/parameters.hpp"
#include "mirim/graph/graph.hpp"
#include "mirim/ops/batch_norm.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/elementwise_unary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/reduce.hpp"
#include "mirim/ops/reshape.hpp"
#include "mirim/ops/softmax.hpp"
#include "mirim/ops/transpose_conv.hpp"

/// Small networks of the families that are trained most, for tests; batch 1, weights set by `initialize`.
namespace mirim::networks {

struct Net {
  Graph graph;
  ValueId at = kNoValue;
  int count = 0;

  explicit Net(Shape input) {
    at = graph.add(Value{.name = "input", .type = {DType::float32, std::move(input)}});
    graph.inputs = {at};
  }

  std::string next(const std::string& kind) { return kind + std::to_string(count++); }

  ValueId constant(const std::string& name, Shape shape) {
    const auto elements = static_cast<std::size_t>(shape.elements());
    return graph.add(Value{.name = name,
                           .type = {DType::float32, std::move(shape)},
                           .constant = make_constant(std::vector<float>(elements, 0.0F))});
  }

  std::int64_t channels() const { return graph[at].type.shape.back(); }

  Net& conv(std::int64_t outputs, std::int64_t h, std::int64_t w, Size2d stride = {},
            Activation activation = Activation::none) {
    const std::string name = next("conv");
    const ValueId weights = constant(name + "/weights", {outputs, h, w, channels()});
    const ValueId bias = constant(name + "/bias", {outputs});
    at = graph.add(Conv2d{.stride = stride, .activation = activation}, {at, weights, bias}, name);
    return *this;
  }
  Net& depthwise(std::int64_t h, std::int64_t w, Size2d stride = {}) {
    const std::string name = next("depthwise");
    const ValueId weights = constant(name + "/weights", {1, h, w, channels()});
    const ValueId bias = constant(name + "/bias", {channels()});
    at = graph.add(DepthwiseConv2d{.stride = stride}, {at, weights, bias}, name);
    return *this;
  }
  Net& batch_norm() {
    const std::string name = next("norm");
    const Shape shape{channels()};
    const ValueId gamma = constant(name + "/gamma", shape);
    const ValueId beta = constant(name + "/beta", shape);
    const ValueId mean = constant(name + "/mean", shape);
    const ValueId variance = constant(name + "/variance", shape);
    at = graph.add(BatchNorm{}, {at, gamma, beta, mean, variance}, name);
    return *this;
  }
  Net& relu() { return apply(Relu{}, "relu"); }
  Net& apply(Op op, const std::string& kind) {
    at = graph.add(std::move(op), {at}, next(kind));
    return *this;
  }
  Net& dense(std::int64_t outputs, Activation activation = Activation::none) {
    const std::string name = next("dense");
    const ValueId weights = constant(name + "/weights", {outputs, channels()});
    const ValueId bias = constant(name + "/bias", {outputs});
    at = graph.add(FullyConnected{.activation = activation}, {at, weights, bias}, name);
    return *this;
  }
  Net& add(ValueId other, Activation activation = Activation::none) {
    at = graph.add(Add{.activation = activation}, {at, other}, next("add"));
    return *this;
  }
  Net& flatten() {
    const Shape& shape = graph[at].type.shape;
    const auto elements = static_cast<std::int32_t>(shape.elements() / shape[0]);
    const std::string name = next("flatten");
    const ValueId to = graph.add(
        Value{.name = name + "/shape",
              .type = {DType::int32, {2}},
              .constant = make_constant(std::vector<std::int32_t>{static_cast<std::int32_t>(shape[0]), elements})});
    at = graph.add(Reshape{}, {at, to}, name);
    return *this;
  }
  Net& global_average() {
    const std::string name = next("mean");
    const ValueId axes = graph.add(Value{.name = name + "/axes",
                                         .type = {DType::int32, {2}},
                                         .constant = make_constant(std::vector<std::int32_t>{1, 2})});
    at = graph.add(Mean{}, {at, axes}, name);
    return *this;
  }
  Graph done(std::uint64_t seed = 7) {
    graph.outputs = {at};
    initialize(graph, seed);
    return graph;
  }
};

/// 784-128-64-10 when inputs = 784 and hidden = 128.
inline Graph mlp(std::int64_t inputs, std::int64_t hidden) {
  return Net({1, inputs})
      .dense(hidden, Activation::relu)
      .dense(hidden / 2)
      .relu()
      .dense(10)
      .apply(Softmax{}, "softmax")
      .done();
}

inline Graph lenet5() {
  return Net({1, 16, 16, 1})
      .conv(6, 5, 5)
      .relu()
      .apply(MaxPool2d{.padding = Padding::valid, .stride = {2, 2}, .filter = {2, 2}}, "pool")
      .conv(16, 3, 3, {}, Activation::relu)
      .apply(AveragePool2d{.padding = Padding::valid, .stride = {2, 2}, .filter = {2, 2}}, "pool")
      .flatten()
      .dense(32, Activation::relu)
      .dense(10)
      .apply(Softmax{}, "softmax")
      .done();
}

/// MLPerf Tiny's keyword spotting: a 10x4 convolution, four separable blocks of `channels`.
inline Graph ds_cnn(std::int64_t height, std::int64_t width, std::int64_t channels, std::int64_t classes = 12) {
  Net net({1, height, width, 1});
  net.conv(channels, 10, 4, {2, 2}).batch_norm().relu();
  for (int block = 0; block < 4; ++block) {
    net.depthwise(3, 3).batch_norm().relu().conv(channels, 1, 1).batch_norm().relu();
  }
  return net.global_average().dense(classes).apply(Softmax{}, "softmax").done();
}

/// MLPerf Tiny's image classification: three stacks of one residual block, channels c, 2c, 4c.
inline Graph resnet8(std::int64_t size, std::int64_t channels) {
  Net net({1, size, size, 3});
  net.conv(channels, 3, 3).batch_norm().relu();
  for (int stack = 0; stack < 3; ++stack) {
    const std::int64_t c = channels << stack;
    const std::int32_t stride = stack == 0 ? 1 : 2;
    const ValueId before = net.at;
    net.conv(c, 3, 3, {stride, stride}).batch_norm().relu().conv(c, 3, 3).batch_norm();
    ValueId shortcut = before;
    if (stack > 0) {
      const ValueId main = net.at;
      net.at = before;
      net.conv(c, 1, 1, {stride, stride});
      shortcut = net.at;
      net.at = main;
    }
    net.add(shortcut).relu();
  }
  return net.global_average().dense(10).apply(Softmax{}, "softmax").done();
}

/// 640-128x4-8-128x4-640 when inputs = 640, hidden = 128, narrow = 8; a rectifier after each hidden layer, behind a
/// batch norm if asked for.
inline Graph autoencoder(std::int64_t inputs, std::int64_t hidden, std::int64_t narrow, bool norm) {
  Net net({1, inputs});
  for (const std::int64_t width : {hidden, hidden, hidden, hidden, narrow, hidden, hidden, hidden, hidden}) {
    net.dense(width);
    if (norm) net.batch_norm();
    net.relu();
  }
  return net.dense(inputs).done();
}

}  // namespace mirim::networks
