#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "mirim/base/random.hpp"
#include "mirim/exec/interpreter.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/concatenation.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/elementwise_binary.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/pool2d.hpp"
#include "mirim/ops/reshape.hpp"

namespace mirim {

/// Small int8 networks of convolutions, additions, products, concatenations and pools, ending in a fully connected
/// layer. Many of their channels are always the same, or are read with weights 0 alone.
class RandomIntegerNetwork {
 public:
  explicit RandomIntegerNetwork(std::uint64_t seed) : random_(seed) {}

  Graph make() {
    const std::int64_t side = 3 + below(4);
    const ValueId x = graph_.add(
        Value{.name = "x", .type = {DType::int8, {1, side, side, 1 + below(3)}}, .quantization = quantization()});
    graph_.inputs = {x};
    maps_ = {convolution(x, 2 + below(5))};
    for (std::int64_t layers = 2 + below(5); layers > 0; --layers) maps_.push_back(layer(maps_.back()));
    ValueId last = maps_.back();
    if (below(2) == 0) last = flattened(last);
    graph_.outputs = {dense(last)};
    return std::move(graph_);
  }

 private:
  std::int64_t below(int n) { return static_cast<std::int64_t>(random_.below(static_cast<std::uint32_t>(n))); }
  const Shape& shape(ValueId id) const { return graph_[id].type.shape; }
  std::string name() { return "v" + std::to_string(graph_.values.size()); }

  Quantization quantization() {
    const float scales[] = {0.05F, 0.1F, 0.3F, 1.0F};
    const std::int64_t zero_points[] = {-128, -128, 0, -10, 57};
    return {{scales[below(4)]}, {zero_points[below(5)]}, 0};
  }

  Activation activation() {
    const Activation all[] = {Activation::none, Activation::relu, Activation::relu6};
    return all[below(3)];
  }

  /// Weights with a scale for each output along `axis`. For some of the inputs, `reads` by weight, all are 0; and for
  /// some of the outputs.
  template <class Output, class Input>
  ValueId weights(Shape shape, int axis, Output output, Input input) {
    std::vector<std::int8_t> values(static_cast<std::size_t>(shape.elements()));
    std::vector<char> silent, unread;
    for (int i = 0; i < 64; ++i) silent.push_back(below(8) == 0), unread.push_back(below(4) == 0);
    for (std::size_t i = 0; i < values.size(); ++i) {
      const auto index = static_cast<std::int64_t>(i);
      const bool zero =
          silent[static_cast<std::size_t>(output(index))] || unread[static_cast<std::size_t>(input(index))];
      values[i] = static_cast<std::int8_t>(zero ? 0 : below(255) - 127);
    }
    Quantization q{{}, {}, axis};
    for (std::int64_t o = 0; o < shape[axis]; ++o) {
      q.scale.push_back(0.002F * static_cast<float>(1 + below(8)));
      q.zero_point.push_back(0);
    }
    return graph_.add(Value{
        .name = name(), .type = {DType::int8, std::move(shape)}, .quantization = q, .constant = make_constant(values)});
  }

  /// Some outputs are so far out that their result is always the same.
  ValueId bias(std::int64_t outputs) {
    if (below(5) == 0) return kNoValue;
    std::vector<std::int32_t> values;
    for (std::int64_t o = 0; o < outputs; ++o) {
      const std::int64_t kind = below(4);
      const std::int64_t near = below(20'001) - 10'000;
      values.push_back(static_cast<std::int32_t>(kind == 0                    ? -10'000'000
                                                 : kind == 1 && below(2) == 0 ? 10'000'000
                                                                              : near));
    }
    return graph_.add(Value{.name = name(), .type = {DType::int32, {outputs}}, .constant = make_constant(values)});
  }

  ValueId add(Op op, std::vector<ValueId> inputs) {
    const ValueId y = graph_.add(std::move(op), std::move(inputs), name());
    graph_[y].quantization = quantization();
    return y;
  }

  ValueId convolution(ValueId x, std::int64_t outputs) {
    const auto size = static_cast<std::int32_t>(1 + 2 * below(2));
    const std::int64_t channels = shape(x)[3];
    const bool fits = shape(x)[1] >= size && shape(x)[2] >= size;
    const auto stride = static_cast<std::int32_t>(1 + (below(4) == 0 ? 1 : 0));
    const Conv2d op{.padding = fits && below(2) == 0 ? Padding::valid : Padding::same,
                    .stride = {stride, stride},
                    .activation = activation()};
    const std::int64_t row = size * size * channels;
    const ValueId w = weights(
        {outputs, size, size, channels}, 0, [=](std::int64_t i) { return i / row; },
        [=](std::int64_t i) { return i % channels; });
    return add(op, {x, w, bias(outputs)});
  }

  ValueId depthwise(ValueId x) {
    const auto multiplier = static_cast<std::int32_t>(1 + (below(4) == 0 ? 1 : 0));
    const std::int64_t outputs = shape(x)[3] * multiplier;
    const DepthwiseConv2d op{.depth_multiplier = multiplier, .activation = activation()};
    const auto output = [=](std::int64_t i) { return i % outputs; };
    return add(op, {x, weights({1, 3, 3, outputs}, 3, output, output), bias(outputs)});
  }

  ValueId pooled(ValueId x) {
    const bool mean = below(2) == 0;
    const Size2d size{2, 2};
    const ValueId y = mean ? add(AveragePool2d{.padding = Padding::same, .stride = size, .filter = size}, {x})
                           : add(MaxPool2d{.padding = Padding::same, .stride = size, .filter = size}, {x});
    graph_[y].quantization = graph_[x].quantization;
    return y;
  }

  /// A map of the same size, so that both can be added or joined; x itself where there is none.
  ValueId other(ValueId x, bool same_channels) {
    for (const ValueId map : maps_) {
      const bool fits = shape(map)[1] == shape(x)[1] && shape(map)[2] == shape(x)[2];
      if (fits && (!same_channels || shape(map)[3] == shape(x)[3]) && below(2) == 0) return map;
    }
    return x;
  }

  ValueId joined(ValueId x) {
    ValueId map = other(x, false);
    if (graph_[map].quantization != graph_[x].quantization) map = x;
    const ValueId y = add(Concatenation{.axis = 3}, {x, map});
    graph_[y].quantization = graph_[x].quantization;
    return y;
  }

  ValueId layer(ValueId x) {
    switch (below(8)) {
      case 0:
        return depthwise(x);
      case 1:
        return pooled(x);
      case 2:
        return add(Add{.activation = activation()}, {x, other(x, true)});
      case 3:
        return add(Mul{.activation = activation()}, {x, other(x, true)});
      case 4:
        return shape(x)[3] > 16 ? depthwise(x) : joined(x);
      default:
        return convolution(x, 1 + below(6));
    }
  }

  ValueId flattened(ValueId x) {
    const auto elements = static_cast<std::int32_t>(shape(x).elements());
    const ValueId y = add(Reshape{.new_shape = {1, elements}}, {x});
    graph_[y].quantization = graph_[x].quantization;
    return y;
  }

  ValueId dense(ValueId x) {
    const std::int64_t inputs = shape(x).rank() == 2 ? shape(x)[1] : shape(x)[3];
    const ValueId w = weights(
        {3, inputs}, 0, [=](std::int64_t i) { return i / inputs; }, [=](std::int64_t i) { return i % inputs % 64; });
    return add(FullyConnected{.activation = activation()}, {x, w, bias(3)});
  }

  Random random_;
  Graph graph_;
  std::vector<ValueId> maps_;
};

inline Graph random_integer_network(std::uint64_t seed) { return RandomIntegerNetwork(seed).make(); }

/// Bit for bit on inputs of the smallest and the largest numbers of their bytes, and of both in turn.
inline void expect_equal_at_extremes(const Graph& before, const Graph& after) {
  Interpreter expected(before), actual(after);
  for (const int step : {0, 1, 2, 3, 7}) {
    for (const int first : {0x80, 0x7f, 0x00, 0xff}) {
      for (int i = 0; i < static_cast<int>(before.inputs.size()); ++i) {
        Bytes bytes(expected.input(i).bytes.size());
        for (std::size_t b = 0; b < bytes.size(); ++b) {
          const bool other = step > 0 && b / static_cast<std::size_t>(step) % 2 == 1;
          bytes[b] = static_cast<std::byte>(other ? ~first : first);
        }
        expected.set_input(i, bytes);
        actual.set_input(i, bytes);
      }
      expected.run();
      actual.run();
      for (int i = 0; i < static_cast<int>(before.outputs.size()); ++i) {
        EXPECT_TRUE(std::ranges::equal(expected.output(i).bytes, actual.output(i).bytes)) << "step " << step;
      }
    }
  }
}

}  // namespace mirim
