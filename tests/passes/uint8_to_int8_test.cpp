#include "mirim/passes/uint8_to_int8.hpp"

#include <gmock/gmock.h>

#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/softmax.hpp"
#include "tests/passes/equivalence.hpp"
#include "tests/passes/random_integer_network.hpp"

namespace mirim {
namespace {

/// uint8 networks of layers of random weights.
struct Network {
  Graph graph;
  Random random{1};

  explicit Network(std::uint64_t seed = 1, std::int64_t side = 8) : random(seed) {
    graph.inputs = {
        graph.add(Value{.name = "x", .type = {DType::uint8, {1, side, side, 3}}, .quantization = {{0.5F}, {3}}})};
  }

  ValueId add(Op op, std::vector<ValueId> inputs, Quantization q) {
    const ValueId y = graph.add(std::move(op), std::move(inputs), "v" + std::to_string(graph.values.size()));
    graph[y].quantization = std::move(q);
    return y;
  }

  /// Weights from `least` to `most` less their zero point.
  ValueId weights(Shape shape, int least, int most, int zero_point) {
    std::vector<std::uint8_t> values;
    for (std::int64_t i = shape.elements(); i > 0; --i) {
      values.push_back(static_cast<std::uint8_t>(least + zero_point + random.below(most - least + 1)));
    }
    return graph.add(Value{.name = "w" + std::to_string(graph.values.size()),
                           .type = {DType::uint8, std::move(shape)},
                           .quantization = {{0.003F + 0.001F * random.uniform()}, {zero_point}},
                           .constant = make_constant(values)});
  }

  ValueId bias(std::int64_t outputs) {
    std::vector<std::int32_t> values;
    for (std::int64_t o = 0; o < outputs; ++o)
      values.push_back(static_cast<std::int32_t>(random.below(20'001) - 10'000));
    return graph.add(Value{.name = "b" + std::to_string(graph.values.size()),
                           .type = {DType::int32, {outputs}},
                           .constant = make_constant(values)});
  }

  ValueId convolution(ValueId x, std::int64_t outputs, std::int32_t size = 3, int least = -100, int most = 100,
                      Activation activation = Activation::relu6) {
    const std::int64_t channels = graph[x].type.shape[3];
    const ValueId w = weights({outputs, size, size, channels}, least, most, 120);
    return add(Conv2d{.activation = activation}, {x, w, bias(outputs)},
               {{0.02F + 0.01F * random.uniform()}, {random.below(256)}});
  }

  ValueId depthwise(ValueId x) {
    const std::int64_t channels = graph[x].type.shape[3];
    const ValueId w = weights({1, 3, 3, channels}, -127, 127, 128);
    return add(DepthwiseConv2d{}, {x, w, bias(channels)}, {{0.02F + 0.01F * random.uniform()}, {random.below(256)}});
  }

  Graph ending_in(ValueId y) {
    graph.outputs = {y};
    return graph;
  }
};

Graph converted(const Graph& before) {
  Graph after = before;
  uint8_to_int8(after);
  expect_equivalent(before, after);
  expect_equal_at_extremes(before, after);
  return after;
}

TEST(Uint8ToInt8, layers_are_int8_between_an_input_and_an_output_of_uint8) {
  Network net;
  const Graph graph = converted(net.ending_in(net.depthwise(net.convolution(net.graph.inputs[0], 8))));
  EXPECT_EQ(operators_of(graph), "QUANTIZE CONV_2D DEPTHWISE_CONV_2D QUANTIZE");
  EXPECT_EQ(graph[graph.inputs[0]].type.dtype, DType::uint8);
  EXPECT_EQ(graph[graph.outputs[0]].type.dtype, DType::uint8);
  for (const int layer : {1, 2}) {
    const Node& node = graph.nodes[static_cast<std::size_t>(layer)];
    EXPECT_EQ(graph[node.inputs[0]].type.dtype, DType::int8);
    EXPECT_EQ(graph[node.inputs[1]].quantization.zero_point, std::vector<std::int64_t>{0});
  }
  EXPECT_EQ(graph[graph.nodes[1].inputs[0]].quantization.zero_point, std::vector<std::int64_t>{3 - 128});
}

TEST(Uint8ToInt8, weights_that_leave_int8_without_their_zero_point_stay) {
  Network net;
  const ValueId first = net.convolution(net.graph.inputs[0], 8);
  const Graph graph = converted(net.ending_in(net.convolution(first, 8, 3, -120, 130)));
  EXPECT_EQ(operators_of(graph), "QUANTIZE CONV_2D QUANTIZE CONV_2D");
}

TEST(Uint8ToInt8, averages_of_an_even_number_stay) {
  const auto pooled = [](std::int32_t size) {
    Network net(1, 9);
    const ValueId y = net.convolution(net.graph.inputs[0], 8);
    const AveragePool2d pool{.padding = Padding::valid, .stride = {size, size}, .filter = {size, size}};
    return operators_of(converted(net.ending_in(net.add(pool, {y}, net.graph[y].quantization))));
  };
  EXPECT_EQ(pooled(3), "QUANTIZE CONV_2D AVERAGE_POOL_2D QUANTIZE");
  EXPECT_EQ(pooled(2), "QUANTIZE CONV_2D QUANTIZE AVERAGE_POOL_2D");
}

TEST(Uint8ToInt8, a_fully_connected_layer_that_rounds_once_stays) {
  Network net;
  const ValueId y = net.convolution(net.graph.inputs[0], 8);
  const ValueId z =
      net.add(FullyConnected{}, {y, net.weights({10, 512}, -100, 100, 128), net.bias(10)}, {{0.7F}, {90}});
  EXPECT_EQ(operators_of(converted(net.ending_in(z))), "QUANTIZE CONV_2D QUANTIZE FULLY_CONNECTED");
}

TEST(Uint8ToInt8, layers_stay_where_their_products_do_not_pay_for_the_conversions) {
  Network net;
  const Graph before = net.ending_in(net.convolution(net.graph.inputs[0], 2, 1));
  EXPECT_EQ(to_text(converted(before)), to_text(before));
}

TEST(Uint8ToInt8, a_result_that_others_read_in_uint8_is_converted_once) {
  Network net;
  const ValueId y = net.convolution(net.graph.inputs[0], 8);
  const ValueId z = net.convolution(y, 8);
  const ValueId s = net.add(Softmax{}, {y}, {{1.0F / 256}, {0}});
  net.graph.outputs = {s, y, z};
  EXPECT_EQ(operators_of(converted(net.graph)), "QUANTIZE CONV_2D QUANTIZE CONV_2D QUANTIZE SOFTMAX");
}

TEST(Uint8ToInt8, random_networks_keep_their_bits) {
  int changed = 0;
  for (std::uint64_t seed = 1; seed <= 80; ++seed) {
    SCOPED_TRACE(seed);
    Network net(seed, 6);
    ValueId y = net.convolution(net.graph.inputs[0], 4 + net.random.below(6));
    for (std::int64_t layer = net.random.below(5); layer >= 0; --layer) {
      const Quantization same = net.graph[y].quantization;
      switch (net.random.below(6)) {
        case 0:
          y = net.depthwise(y);
          break;
        case 1:
          y = net.add(MaxPool2d{.padding = Padding::same, .stride = {1, 1}, .filter = {2, 2}}, {y}, same);
          break;
        case 2:
          y = net.add(AveragePool2d{.padding = Padding::same, .stride = {1, 1}, .filter = {3, 3}}, {y}, same);
          break;
        case 3:
          y = net.add(Add{.activation = Activation::relu}, {y, y}, {{0.05F + 0.02F * net.random.uniform()}, {17}});
          break;
        default:
          y = net.convolution(y, 4, 3, -120, net.random.below(3) == 0 ? 130 : 100, Activation::none);
      }
    }
    const Graph before = net.ending_in(y);
    ASSERT_EQ(verify(before), std::vector<std::string>{});
    changed += operators_of(converted(before)) != operators_of(before) ? 1 : 0;
    if (HasFailure()) return;
  }
  EXPECT_GT(changed, 40);
}

}  // namespace
}  // namespace mirim
