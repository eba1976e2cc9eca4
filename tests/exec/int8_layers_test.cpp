// The vectorised int8 layers against the device kernels, every bit, on random shapes and options.
#include <gtest/gtest.h>

#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/exec/simd/int8_layers.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"

namespace mirim {
namespace {

std::vector<std::int8_t> random_int8(Random& random, std::int64_t count) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(count));
  for (auto& v : values) v = static_cast<std::int8_t>(random.below(256) - 128);
  return values;
}

struct Layer {
  Op op;
  Shape x, weights;
  int channel_axis;
};

// One layer on x with random weights, some with a bias and scales for each channel.
Graph one_layer(Random& random, const Layer& layer) {
  Graph g;
  const std::int64_t channels = layer.weights[layer.channel_axis];
  g.inputs = {g.add(Value{.name = "x",
                          .type = {DType::int8, layer.x},
                          .quantization = {.scale = {0.03F}, .zero_point = {random.below(256) - 128}}})};
  Quantization scales{.dimension = layer.channel_axis};
  const std::int64_t count = random.below(2) ? channels : 1;
  for (std::int64_t c = 0; c < count; ++c) {
    scales.scale.push_back(0.001F + 0.01F * random.uniform());
    scales.zero_point.push_back(0);
  }
  std::vector<ValueId> inputs = {g.inputs[0]};
  inputs.push_back(g.add(Value{.name = "weights",
                               .type = {DType::int8, layer.weights},
                               .quantization = scales,
                               .constant = make_constant(random_int8(random, layer.weights.elements()))}));
  if (random.below(2)) {
    std::vector<std::int32_t> bias;
    for (std::int64_t c = 0; c < channels; ++c) bias.push_back(static_cast<std::int32_t>(random.below(20000)) - 10000);
    inputs.push_back(g.add(Value{.name = "bias", .type = {DType::int32, {channels}}, .constant = make_constant(bias)}));
  }
  g.outputs = {g.add(layer.op, inputs, "y")};
  g[g.outputs[0]].quantization = {.scale = {0.3F}, .zero_point = {random.below(256) - 128}};
  return g;
}

void expect_the_bits_of_the_device_kernel(const Layer& layer, Random& random) {
  Interpreter interpreter(one_layer(random, layer));
  const Graph& g = interpreter.graph();
  const Node& node = g.nodes[0];
  const auto input = random_int8(random, layer.x.elements());
  interpreter.set_input(0, bytes_of(input));
  interpreter.run();
  std::vector<ConstTensorView> x;
  for (const ValueId id : node.inputs) x.push_back(interpreter.value(id));
  Tensor y(g[node.outputs[0]].type, g[node.outputs[0]].quantization);
  std::vector<TensorView> outputs{y.view()};
  node.op.forward(Inputs(x), Outputs(outputs));
  const auto fast = interpreter.output(0).as<std::int8_t>(), plain = std::as_const(y).as<std::int8_t>();
  EXPECT_TRUE(std::ranges::equal(fast, plain))
      << node.op.name() << " on " << to_string(layer.x) << ", weights " << to_string(layer.weights);
}

TEST(Int8Layers, convolutions_have_the_bits_of_the_device_kernel) {
  Random random(1);
  for (int i = 0; i < 200; ++i) {
    const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
    const auto size = [&](std::int64_t n) {
      return Size2d{static_cast<std::int32_t>(some(n)), static_cast<std::int32_t>(some(n))};
    };
    const bool dilated = random.below(3) == 0;
    const Shape x{some(2), some(9) + 6, some(9) + 6, some(20)};
    const Conv2d conv{.stride = size(3), .dilation = dilated ? size(3) : Size2d{}, .activation = Activation::relu6};
    expect_the_bits_of_the_device_kernel({conv, x, {some(9), some(3), some(3), x[3]}, 0}, random);
    const DepthwiseConv2d depthwise{
        .padding = Padding::valid, .stride = size(2), .dilation = dilated ? size(2) : Size2d{}};
    expect_the_bits_of_the_device_kernel({depthwise, x, {1, some(3), some(3), x[3]}, 3}, random);
  }
}

TEST(Int8Layers, groups_and_depth_multipliers_go_to_the_device_kernel) {
  Random random(2);
  expect_the_bits_of_the_device_kernel({Conv2d{}, {1, 4, 4, 4}, {6, 3, 3, 2}, 0}, random);
  expect_the_bits_of_the_device_kernel({DepthwiseConv2d{}, {1, 4, 4, 4}, {1, 3, 3, 8}, 3}, random);
}

TEST(Int8Layers, fully_connected_has_the_bits_of_the_device_kernel) {
  Random random(3);
  for (int i = 0; i < 100; ++i) {
    const Shape weights{1 + random.below(20), 1 + random.below(100)};
    expect_the_bits_of_the_device_kernel({FullyConnected{}, {1 + random.below(3), weights[1]}, weights, 0}, random);
  }
}

}  // namespace
}  // namespace mirim
