// The integer layers on each instruction set of this machine against the device kernels, every bit, on random shapes,
// options and scales, those that saturate included.
#include "mirim/exec/int8/layers.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "mirim/base/error.hpp"
#include "mirim/base/random.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/unidirectional_sequence_lstm.hpp"

namespace mirim {
namespace {

std::vector<std::int8_t> random_int8(Random& random, std::int64_t count) {
  std::vector<std::int8_t> values(static_cast<std::size_t>(count));
  const bool extremes = random.below(4) == 0;  // sums as large as they come
  for (auto& v : values) {
    v = static_cast<std::int8_t>(extremes ? random.below(2) * 255 - 128 : random.below(256) - 128);
  }
  return values;
}

Value activation(Random& random, const std::string& name, const Shape& shape, float scale) {
  return {.name = name,
          .type = {DType::int8, shape},
          .quantization = {.scale = {scale}, .zero_point = {random.below(256) - 128}}};
}

// From 2^-34 to 2^4: shifts to the right and to the left, outputs that vary, saturate and stand still.
float random_scale(Random& random) {
  const auto exponent = static_cast<int>(random.below(8) == 0 ? -random.below(34) : random.below(16) - 11);
  return std::ldexp(0.5F + 0.5F * random.uniform(), exponent);
}

struct Layer {
  Op op;
  Shape x, weights;
  int channel_axis;
  std::int64_t block = 0;  ///< weights of 4 or 2 bits have a scale for each so many
};

std::vector<std::int8_t> random_narrow(Random& random, DType dtype, std::int64_t count) {
  std::vector<std::int8_t> values = random_int8(random, count);
  const int unused = 8 - bits(dtype);
  for (std::int8_t& v : values) v = static_cast<std::int8_t>(v >> unused);
  return values;
}

// int8, or with `packs` at times int4 or int2.
DType random_weights_type(Random& random, bool packs) {
  constexpr DType kTypes[] = {DType::int8, DType::int4, DType::int2};
  return packs ? kTypes[random.below(3)] : DType::int8;
}

// One layer on x with random weights, some with a bias and scales for each channel.
Graph one_layer(Random& random, const Layer& layer) {
  Graph g;
  const std::int64_t channels = layer.weights[layer.channel_axis];
  g.inputs = {g.add(activation(random, "x", layer.x, 0.03F))};
  Quantization scales{.dimension = layer.channel_axis};
  const std::int64_t count = random.below(2) ? channels : 1;
  for (std::int64_t c = 0; c < count; ++c) {
    scales.scale.push_back(random_scale(random));
    scales.zero_point.push_back(0);
  }
  std::vector<ValueId> inputs = {g.inputs[0]};
  const DType dtype = random_weights_type(random, true);
  inputs.push_back(g.add(Value{.name = "weights",
                               .type = {dtype, layer.weights},
                               .quantization = scales,
                               .constant = make_constant(random_narrow(random, dtype, layer.weights.elements()))}));
  if (random.below(2)) {
    std::vector<std::int32_t> bias;
    const std::int64_t reach = random.below(4) ? 10'000 : 1'000'000'000;
    for (std::int64_t c = 0; c < channels; ++c) {
      bias.push_back(static_cast<std::int32_t>(random.below(2 * reach) - reach));
    }
    inputs.push_back(g.add(Value{.name = "bias", .type = {DType::int32, {channels}}, .constant = make_constant(bias)}));
  }
  g.outputs = {g.add(layer.op, inputs, "y")};
  g[g.outputs[0]].quantization = {.scale = {0.3F}, .zero_point = {random.below(256) - 128}};
  return g;
}

// The one node of the graph on random inputs, with each of this machine's kernels and by its operator. Returns how many
// kernels took it.
int expect_the_bits_of_the_device_kernel(const Graph& g, Random& random) {
  const Node& node = g.nodes[0];
  std::vector<std::vector<std::int8_t>> values;
  std::vector<ConstTensorView> x;
  for (const ValueId id : node.inputs) {
    const Value& value = g[id];
    if (!value.is_constant()) values.push_back(random_int8(random, value.type.shape.elements()));
    x.push_back(
        {&value.type, &value.quantization, value.is_constant() ? BytesView(*value.constant) : bytes_of(values.back())});
  }
  const Value& result = g[node.outputs[0]];
  Tensor expected(result.type, result.quantization);
  std::vector<TensorView> outputs{expected.view()};
  node.op.forward(Inputs(x), Outputs(outputs));

  int taken = 0;
  for (const int8::Kernels* kernels : int8::kernels_here()) {
    Tensor y(result.type, result.quantization);
    std::vector<TensorView> fast{y.view()};
    const auto run = int8::prepare({g, node, Inputs(x), Outputs(fast)}, *kernels);
    if (!run) continue;
    ++taken;
    run();
    EXPECT_EQ(y.bytes, expected.bytes) << kernels->name << ": " << node.op.name() << " on " << to_string(x[0].shape())
                                       << (x.size() > 1 ? " and " + to_string(x[1].shape()) : "");
  }
  return taken;
}

void expect_most_are_taken(int taken, int layers) {
  const int sets = int8::kernels_here().count;
  EXPECT_GE(taken, layers * sets * 9 / 10);
  if (sets == 0) GTEST_SKIP() << "this machine has none of the instruction sets";
}

TEST(Int8Layers, convolutions_have_the_bits_of_the_device_kernel) {
  Random random(1);
  int taken = 0;
  for (int i = 0; i < 150; ++i) {
    const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
    const auto size = [&](std::int64_t n) {
      return Size2d{static_cast<std::int32_t>(some(n)), static_cast<std::int32_t>(some(n))};
    };
    const bool dilated = random.below(3) == 0, pointwise = random.below(4) == 0;
    // Some with rows of 16 outputs, which convolutions take straight from the image.
    const std::int64_t width = random.below(3) ? some(9) + 6 : 16 * some(3);
    const Shape x{some(3), some(9) + 6, width, some(70)};
    const Conv2d conv{.stride = size(3),
                      .dilation = dilated ? size(3) : Size2d{},
                      .activation = random.below(2) ? Activation::relu6 : Activation::none};
    const Shape weights = pointwise ? Shape{some(90), 1, 1, x[3]} : Shape{some(40), some(3), some(3), x[3]};
    taken += expect_the_bits_of_the_device_kernel(one_layer(random, {conv, x, weights, 0}), random);
  }
  expect_most_are_taken(taken, 150);
}

TEST(Int8Layers, depthwise_convolutions_have_the_bits_of_the_device_kernel) {
  Random random(4);
  int taken = 0;
  for (int i = 0; i < 150; ++i) {
    const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
    const auto size = [&](std::int64_t n) {
      return Size2d{static_cast<std::int32_t>(some(n)), static_cast<std::int32_t>(some(n))};
    };
    const Shape x{some(2), some(9) + 9, some(9) + 9, 1 + some(60)};
    const DepthwiseConv2d op{.padding = random.below(2) ? Padding::valid : Padding::same,
                             .stride = size(3),
                             .dilation = random.below(3) == 0 ? size(2) : Size2d{},
                             .activation = random.below(2) ? Activation::relu : Activation::none};
    taken += expect_the_bits_of_the_device_kernel(one_layer(random, {op, x, {1, some(5), some(4), x[3]}, 3}), random);
  }
  for (int i = 0; i < 20; ++i) {  // one channel to many
    const Shape x{1 + random.below(2), 12, 13, 1};
    const DepthwiseConv2d op{.stride = {2, 2}};
    taken +=
        expect_the_bits_of_the_device_kernel(one_layer(random, {op, x, {1, 10, 8, 1 + random.below(20)}, 3}), random);
  }
  expect_most_are_taken(taken, 170);
}

TEST(Int8Layers, fully_connected_has_the_bits_of_the_device_kernel) {
  Random random(3);
  int taken = 0;
  for (int i = 0; i < 150; ++i) {
    const Shape weights{1 + random.below(200), 1 + random.below(300)};
    const Shape x{1 + random.below(random.below(2) ? 70 : 3), weights[1]};
    taken += expect_the_bits_of_the_device_kernel(one_layer(random, {FullyConnected{}, x, weights, 0}), random);
  }
  expect_most_are_taken(taken, 150);
}

TEST(Int8Layers, sums_and_differences_have_the_bits_of_the_device_kernel) {
  Random random(5);
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    Graph g;
    const Shape shape{1 + random.below(3), 1 + random.below(300)};
    g.inputs = {g.add(activation(random, "a", shape, random_scale(random))),
                g.add(activation(random, "b", shape, random_scale(random)))};
    const Activation relu = random.below(2) ? Activation::relu : Activation::none;
    const Op op = random.below(2) ? Op(Add{.activation = relu}) : Op(Sub{.activation = relu});
    g.outputs = {g.add(op, g.inputs, "y")};
    g[g.outputs[0]].quantization = {.scale = {random_scale(random)}, .zero_point = {random.below(256) - 128}};
    taken += expect_the_bits_of_the_device_kernel(g, random);
  }
  expect_most_are_taken(taken, 100);
}

TEST(Int8Layers, means_have_the_bits_of_the_device_kernel) {
  Random random(6);
  int taken = 0;
  for (int i = 0; i < 60; ++i) {
    const auto some = [&](std::int64_t n) { return static_cast<std::int32_t>(1 + random.below(n)); };
    Graph g;
    g.inputs = {g.add(activation(random, "x", {some(2), some(9) + 4, some(9) + 4, some(70)}, 0.1F))};
    const AveragePool2d op{.padding = random.below(2) ? Padding::valid : Padding::same,
                           .stride = {some(3), some(3)},
                           .filter = {some(5), some(5)},
                           .activation = random.below(2) ? Activation::relu : Activation::none};
    g.outputs = {g.add(op, g.inputs, "y")};
    g[g.outputs[0]].quantization = g[g.inputs[0]].quantization;
    taken += expect_the_bits_of_the_device_kernel(g, random);
  }
  expect_most_are_taken(taken, 60);
}

// The same layers with float activations, whose scales are found when they run.
Graph dynamic_layer(Random& random, const Layer& layer) {
  Graph g;
  const std::int64_t channels = layer.weights[layer.channel_axis];
  g.inputs = {g.add(Value{.name = "x", .type = {DType::float32, layer.x}})};
  Quantization scales{.dimension = layer.channel_axis};
  const std::int64_t count = random.below(2) ? channels : 1;
  for (std::int64_t c = 0; c < count; ++c) {
    scales.scale.push_back(0.01F + 0.01F * random.uniform());
    scales.zero_point.push_back(0);
  }
  std::vector<ValueId> inputs = {g.inputs[0]};
  const DType dtype = random_weights_type(random, layer.channel_axis == 0);
  if (dtype != DType::int8 && layer.block > 0) {
    scales = {.dimension = kInBlocks};
    for (std::int64_t k = 0; k < layer.weights.elements() / layer.block; ++k) scales.scale.push_back(random.uniform());
    scales.zero_point.resize(scales.scale.size());
  }
  inputs.push_back(g.add(Value{.name = "weights",
                               .type = {dtype, layer.weights},
                               .quantization = scales,
                               .constant = make_constant(random_narrow(random, dtype, layer.weights.elements()))}));
  if (random.below(2)) {
    std::vector<float> bias;
    for (std::int64_t c = 0; c < channels; ++c) bias.push_back(10 * random.normal());
    inputs.push_back(
        g.add(Value{.name = "bias", .type = {DType::float32, {channels}}, .constant = make_constant(bias)}));
  }
  g.outputs = {g.add(layer.op, inputs, "y")};
  return g;
}

// Ranges on one or both sides of zero, of nothing but zeros, with what is no number, and of ties: at most 127, in
// halves.
std::vector<float> random_activations(Random& random, std::int64_t count) {
  std::vector<float> values(static_cast<std::size_t>(count));
  if (random.below(4) == 0) {
    for (float& v : values) v = 0.5F * static_cast<float>(random.below(509) - 254);
    values[0] = 127;
    return values;
  }
  const float offset = static_cast<float>(random.below(3)) - 1, spread = random.below(8) ? 1.0F : 0.0F;
  for (float& v : values) v = spread * (random.normal() + 4 * offset);
  if (random.below(8) == 0) values[values.size() / 2] = std::nanf("");
  if (random.below(8) == 0) values[values.size() / 3] = std::numeric_limits<float>::infinity();
  return values;
}

// NaN may have any sign, all else every bit.
int expect_the_floats_of_the_device_kernel(const Graph& g, Random& random) {
  const Node& node = g.nodes[0];
  const std::vector<float> input = random_activations(random, g[g.inputs[0]].type.shape.elements());
  std::vector<ConstTensorView> x;
  for (const ValueId id : node.inputs) {
    const Value& value = g[id];
    x.push_back({&value.type, &value.quantization, value.is_constant() ? BytesView(*value.constant) : bytes_of(input)});
  }
  const Value& result = g[node.outputs[0]];
  Tensor expected(result.type);
  std::vector<TensorView> outputs{expected.view()};
  node.op.forward(Inputs(x), Outputs(outputs));
  const auto right = std::as_const(expected).as<float>();

  int taken = 0;
  for (const int8::Kernels* kernels : int8::kernels_here()) {
    Tensor y(result.type);
    std::vector<TensorView> fast{y.view()};
    const auto run = int8::prepare_dynamic({g, node, Inputs(x), Outputs(fast)}, *kernels);
    if (!run) continue;
    ++taken;
    run();
    const auto got = std::as_const(y).as<float>();
    for (std::size_t i = 0; i < right.size(); ++i) {
      if (got[i] == right[i] || (std::isnan(got[i]) && std::isnan(right[i]))) continue;
      ADD_FAILURE() << kernels->name << ": " << node.op.name() << " on " << to_string(x[0].shape()) << " and "
                    << to_string(x[1].shape()) << ": element " << i << " is " << got[i] << ", expected " << right[i];
      break;
    }
  }
  return taken;
}

TEST(DynamicLayers, convolutions_have_the_floats_of_the_device_kernel) {
  Random random(7);
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
    const auto size = [&](std::int64_t n) {
      return Size2d{static_cast<std::int32_t>(some(n)), static_cast<std::int32_t>(some(n))};
    };
    const bool pointwise = random.below(3) == 0;
    const Shape x{some(3), some(9) + 6, some(9) + 6, some(70)};
    const Conv2d conv{.padding = random.below(2) ? Padding::valid : Padding::same,
                      .stride = pointwise ? Size2d{} : size(3),
                      .dilation = random.below(3) == 0 ? size(3) : Size2d{},
                      .activation = random.below(2) ? Activation::relu6 : Activation::none};
    const Shape weights = pointwise ? Shape{some(90), 1, 1, x[3]} : Shape{some(40), some(3), some(3), x[3]};
    taken += expect_the_floats_of_the_device_kernel(dynamic_layer(random, {conv, x, weights, 0}), random);
  }
  expect_most_are_taken(taken, 100);
}

TEST(DynamicLayers, depthwise_convolutions_have_the_floats_of_the_device_kernel) {
  Random random(8);
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    const auto some = [&](std::int64_t n) { return 1 + random.below(n); };
    const auto size = [&](std::int64_t n) {
      return Size2d{static_cast<std::int32_t>(some(n)), static_cast<std::int32_t>(some(n))};
    };
    const Shape x{some(2), some(9) + 9, some(9) + 9, some(60)};
    const DepthwiseConv2d op{.padding = random.below(2) ? Padding::valid : Padding::same,
                             .stride = size(3),
                             .dilation = random.below(3) == 0 ? size(2) : Size2d{},
                             .activation = random.below(2) ? Activation::relu : Activation::none};
    taken +=
        expect_the_floats_of_the_device_kernel(dynamic_layer(random, {op, x, {1, some(5), some(4), x[3]}, 3}), random);
  }
  for (int i = 0; i < 20; ++i) {  // one channel to many
    const Shape x{1 + random.below(2), 12, 13, 1};
    const DepthwiseConv2d op{.stride = {2, 2}};
    taken += expect_the_floats_of_the_device_kernel(dynamic_layer(random, {op, x, {1, 10, 8, 1 + random.below(20)}, 3}),
                                                    random);
  }
  expect_most_are_taken(taken, 120);
}

TEST(DynamicLayers, fully_connected_has_the_floats_of_the_device_kernel) {
  Random random(9);
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    const Shape weights{1 + random.below(200), 1 + random.below(300)};
    const Shape x{1 + random.below(random.below(2) ? 70 : 3), weights[1]};
    const FullyConnected op{.asymmetric_quantize_inputs = random.below(2) == 1};
    taken += expect_the_floats_of_the_device_kernel(dynamic_layer(random, {op, x, weights, 0}), random);
  }
  expect_most_are_taken(taken, 100);
}

TEST(DynamicLayers, fully_connected_in_blocks_has_the_floats_of_the_device_kernel) {
  Random random(11);
  int taken = 0;
  for (int i = 0; i < 100; ++i) {
    const std::int64_t block = random.below(2) ? 32 * (1 + random.below(3)) : 1 + random.below(40);
    const Shape weights{1 + random.below(100), block * (1 + random.below(6))};
    const Shape x{1 + random.below(random.below(2) ? 20 : 3), weights[1]};
    taken +=
        expect_the_floats_of_the_device_kernel(dynamic_layer(random, {FullyConnected{}, x, weights, 0, block}), random);
  }
  expect_most_are_taken(taken, 100);
}

TEST(Int8Layers, lstm_has_the_bits_of_the_device_kernel) {
  Random random(10);
  for (int i = 0; i < 40; ++i) {
    const std::int64_t batches = 1 + random.below(3), steps = 1 + random.below(5), inputs = 1 + random.below(90),
                       units = 1 + random.below(40);
    const bool time_major = random.below(2) == 1;
    const UnidirectionalSequenceLstm op{.cell_clip = random.below(2) ? 0.7F : 0.0F, .time_major = time_major};
    Graph g;
    std::vector<ValueId> operands(24, kNoValue);
    const Shape shape = time_major ? Shape{steps, batches, inputs} : Shape{batches, steps, inputs};
    operands[0] = g.add(activation(random, "x", shape, 0.02F));
    g.inputs = {operands[0]};
    const auto weights = [&](std::int64_t columns) {
      return g.add(Value{.name = "w",
                         .type = {DType::int8, {units, columns}},
                         .quantization = {.scale = {0.002F + 0.01F * random.uniform()}, .zero_point = {0}},
                         .constant = make_constant(random_int8(random, units * columns))});
    };
    for (std::size_t gate = 0; gate < 4; ++gate) {
      operands[1 + gate] = weights(inputs);
      operands[5 + gate] = weights(units);
      std::vector<std::int32_t> bias;
      for (std::int64_t u = 0; u < units; ++u) bias.push_back(static_cast<std::int32_t>(random.below(6000) - 3000));
      operands[12 + gate] = g.add(Value{.name = "b", .type = {DType::int32, {units}}, .constant = make_constant(bias)});
    }
    operands[18] = g.add(activation(random, "h", {batches, units}, 0.006F));
    operands[19] = g.add(Value{.name = "c",
                               .type = {DType::int16, {batches, units}},
                               .quantization = {.scale = {std::ldexp(1.0F, -11)}, .zero_point = {0}}});
    for (const std::size_t state : {18U, 19U}) g[operands[state]].variable = true;
    g.outputs = {g.add(op, operands, "y")};
    g[g.outputs[0]].quantization = g[operands[18]].quantization;

    const auto input = random_int8(random, shape.elements());
    const auto first_state = random_int8(random, batches * units);
    // The outputs and both states after two runs, by whatever `prepare` makes of the node.
    const auto after_two_runs = [&](const auto& prepare) {
      Tensor y(g[g.outputs[0]].type), state(g[operands[18]].type), cell(g[operands[19]].type);
      std::ranges::copy(bytes_of(first_state), state.bytes.begin());
      std::vector<ConstTensorView> x;
      for (const ValueId id : operands) {
        if (id == kNoValue) {
          x.emplace_back();
          continue;
        }
        const Value& value = g[id];
        BytesView bytes = bytes_of(input);
        if (value.is_constant()) bytes = *value.constant;
        if (id == operands[18]) bytes = state.bytes;
        if (id == operands[19]) bytes = cell.bytes;
        x.push_back({&value.type, &value.quantization, bytes});
      }
      TensorView of_y = y.view();
      of_y.quantization = &g[g.outputs[0]].quantization;
      std::vector<TensorView> outputs{of_y, state.view(), cell.view()};
      const auto run = prepare(BoundNode{g, g.nodes[0], Inputs(x), Outputs(outputs)});
      EXPECT_TRUE(run);
      for (int time = 0; time < 2 && run; ++time) run();
      return std::vector{y.bytes, state.bytes, cell.bytes};
    };
    const auto expected = after_two_runs([](const BoundNode& bound) -> std::function<void()> {
      return [&op = bound.node.op, x = bound.x, y = bound.y] { op.forward(x, y); };
    });
    for (const int8::Kernels* kernels : int8::kernels_here()) {
      const auto got = after_two_runs([&](const BoundNode& bound) { return int8::prepare_lstm(bound, *kernels); });
      EXPECT_EQ(got, expected) << kernels->name << ": " << to_string(shape) << ", " << units << " units";
    }
  }
}

// Taps that lie far outside of the image: nothing is padded that far.
TEST(Int8Layers, windows_that_reach_far_go_to_the_device_kernel) {
  Random random(3);
  const Size2d far[] = {{1, 100'000'000}, {10'000'000, 1}, {65, 65}};
  for (const Size2d& dilation : far) {
    const Layer conv{Conv2d{.dilation = dilation}, {1, 8, 9, 4}, {6, 3, 3, 4}, 0};
    const Layer depthwise{DepthwiseConv2d{.dilation = dilation}, {1, 8, 9, 4}, {1, 3, 3, 4}, 3};
    const Layer one_channel{DepthwiseConv2d{.dilation = dilation}, {1, 8, 9, 1}, {1, 3, 3, 8}, 3};
    for (const Layer& layer : {conv, depthwise, one_channel}) {
      EXPECT_EQ(expect_the_bits_of_the_device_kernel(one_layer(random, layer), random), 0);
      EXPECT_EQ(expect_the_floats_of_the_device_kernel(dynamic_layer(random, layer), random), 0);
    }
  }
  const Layer too_far{Conv2d{.dilation = {100'000'000, 1}}, {1, 8, 9, 4}, {6, 3, 3, 4}, 0};
  EXPECT_THROW(expect_the_bits_of_the_device_kernel(one_layer(random, too_far), random), Error) << "for 32 bits";
}

TEST(Int8Layers, groups_and_depth_multipliers_go_to_the_device_kernel) {
  Random random(2);
  EXPECT_EQ(expect_the_bits_of_the_device_kernel(one_layer(random, {Conv2d{}, {1, 4, 4, 4}, {6, 3, 3, 2}, 0}), random),
            0);
  const Layer depthwise{DepthwiseConv2d{}, {1, 4, 4, 4}, {1, 3, 3, 8}, 3};
  EXPECT_EQ(expect_the_bits_of_the_device_kernel(one_layer(random, depthwise), random), 0);
}

}  // namespace
}  // namespace mirim
