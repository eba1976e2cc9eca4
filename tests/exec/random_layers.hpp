#pragma once

#include <fmt/format.h>

#include <string>
#include <vector>

#include "mirim/base/random.hpp"
#include "tests/exec/networks.hpp"

/// Networks of one layer each that trains, drawn at random, for tests and for bench/layers.
namespace mirim::networks {

struct RandomLayer {
  std::string name;  ///< all that was drawn
  Graph graph;       ///< batch 1; its layer lies between two others, so that its input wants a gradient
  std::int64_t batch;
};

template <class T>
T pick(Random& random, const std::vector<T>& from) {
  return from[static_cast<std::size_t>(random.below(from.size()))];
}

/// Convolutions, depthwise and transposed ones, and pooling: 1 to 40 channels, groups, multipliers, filters of 1 to 7,
/// strides, dilations, both paddings; images, and rows of one dimension only.
inline RandomLayer random_layer(Random& random) {
  const auto between = [&](int least, int most) {
    return least + static_cast<int>(random.below(static_cast<std::uint64_t>(most - least + 1)));
  };
  const auto channels = [&] {
    return random.below(2) ? pick<std::int64_t>(random, {1, 3, 5, 8, 15, 16, 17, 32}) : between(1, 40);
  };
  // One time in four so small that windows span it.
  const int most = random.below(4) == 0 ? 8 : 28;
  std::int64_t height = between(5, most);
  std::int64_t width = between(5, most);
  const int flat = between(0, 5);  // 1-D one time in three
  if (flat == 0) height = 1, width = between(20, 200);
  if (flat == 1) width = 1, height = between(20, 200);
  const std::int32_t filter_height = height == 1 ? 1 : between(1, static_cast<int>(std::min<std::int64_t>(7, height)));
  const std::int32_t filter_width = width == 1 ? 1 : between(1, static_cast<int>(std::min<std::int64_t>(7, width)));
  const Size2d stride{height == 1 ? 1 : pick<std::int32_t>(random, {1, 1, 1, 2, 3}),
                      width == 1 ? 1 : pick<std::int32_t>(random, {1, 1, 1, 2, 3})};
  Size2d dilation{};
  Padding padding = random.below(2) ? Padding::same : Padding::valid;
  if (padding == Padding::same && random.below(4) == 0) {
    dilation = {height == 1 ? 1 : between(1, 3), width == 1 ? 1 : between(1, 3)};
  }
  const Activation activation = pick<Activation>(random, {Activation::none, Activation::relu, Activation::relu6});
  std::int64_t c = channels();
  std::int64_t outputs = channels();
  const std::int64_t batch = pick<std::int64_t>(random, {1, 8});
  Net net({1, height, width, c});
  // In front of it a layer that trains, which costs little.
  const ValueId scale = net.constant("scale/weights", {1, 1, 1, c});
  net.at = net.graph.add(DepthwiseConv2d{}, {net.at, scale}, "scale");
  std::string kind;
  switch (between(0, 8)) {
    case 0:
    case 1: {
      kind = "conv";
      const ValueId w = net.constant("layer/weights", {outputs, filter_height, filter_width, c});
      const ValueId b = net.constant("layer/bias", {outputs});
      net.at =
          net.graph.add(Conv2d{.padding = padding, .stride = stride, .dilation = dilation, .activation = activation},
                        {net.at, w, b}, "layer");
      break;
    }
    case 2: {
      std::int64_t groups = between(2, 4);
      while (c % groups) --groups;
      outputs = (outputs + groups - 1) / groups * groups;
      kind = fmt::format("conv of {} groups", groups);
      const ValueId w = net.constant("layer/weights", {outputs, filter_height, filter_width, c / groups});
      const ValueId b = net.constant("layer/bias", {outputs});
      net.at =
          net.graph.add(Conv2d{.padding = padding, .stride = stride, .dilation = dilation, .activation = activation},
                        {net.at, w, b}, "layer");
      break;
    }
    case 3:
    case 4: {
      outputs = c * (random.below(3) == 0 ? between(2, 4) : 1);
      kind = "depthwise";
      const ValueId w = net.constant("layer/weights", {1, filter_height, filter_width, outputs});
      const ValueId b = net.constant("layer/bias", {outputs});
      net.at = net.graph.add(
          DepthwiseConv2d{.padding = padding, .stride = stride, .dilation = dilation, .activation = activation},
          {net.at, w, b}, "layer");
      break;
    }
    case 5:
    case 6: {
      kind = "transposed conv";
      dilation = {};
      const auto along = [&](std::int64_t input, std::int32_t step, std::int32_t filter) {
        return padding == Padding::same ? input * step : (input - 1) * step + filter;
      };
      const auto rows = along(height, stride.height, filter_height), columns = along(width, stride.width, filter_width);
      const ValueId shape =
          net.graph.add(Value{.name = "layer/shape",
                              .type = {DType::int32, {4}},
                              .constant = make_constant(std::vector<std::int32_t>{
                                  1, static_cast<std::int32_t>(rows), static_cast<std::int32_t>(columns),
                                  static_cast<std::int32_t>(outputs)})});
      const ValueId w = net.constant("layer/weights", {outputs, filter_height, filter_width, c});
      const ValueId b = net.constant("layer/bias", {outputs});
      net.at = net.graph.add(TransposeConv{.padding = padding, .stride = stride, .activation = activation},
                             {shape, w, net.at, b}, "layer");
      break;
    }
    case 7:
      kind = "max_pool";
      net.at = net.graph.add(
          MaxPool2d{
              .padding = padding, .stride = stride, .filter = {filter_height, filter_width}, .activation = activation},
          {net.at}, "layer");
      break;
    default:
      kind = "average_pool";
      net.at = net.graph.add(
          AveragePool2d{
              .padding = padding, .stride = stride, .filter = {filter_height, filter_width}, .activation = activation},
          {net.at}, "layer");
  }
  const Shape& y = net.graph[net.at].type.shape;
  return {
      fmt::format("{} {}x{}x{} to {}x{}x{}, filter {}x{}, stride {}x{}, dilation {}x{}, {}, activation {}, batch {}",
                  kind, height, width, c, y[1], y[2], y[3], filter_height, filter_width, stride.height, stride.width,
                  dilation.height, dilation.width, padding == Padding::same ? "same" : "valid",
                  static_cast<int>(activation), batch),
      net.global_average().dense(3).done(random.below(1000)), batch};
}

/// Two to four convolutions, rectified, with batch norms and pooling between them, then a classifier.
inline RandomLayer random_network(Random& random) {
  const auto channels = [&] { return static_cast<std::int64_t>(1 + random.below(24)); };
  Net net({1, static_cast<std::int64_t>(8 + random.below(9)), static_cast<std::int64_t>(8 + random.below(9)),
           pick<std::int64_t>(random, {1, 2, 3, 8})});
  std::string name = to_string(net.graph[net.at].type.shape);
  for (std::uint64_t layers = 2 + random.below(3); layers > 0; --layers) {
    const auto size = static_cast<std::int64_t>(1 + 2 * random.below(3));
    if (random.below(3) == 0) {
      net.depthwise(size, size);
      name += fmt::format(", depthwise {}", size);
    } else {
      net.conv(channels(), size, size);
      name += fmt::format(", conv {} to {}", size, net.channels());
    }
    if (random.below(2)) net.batch_norm(), name += ", batch norm";
    net.relu();
    if (random.below(2) == 0) continue;
    net.apply(MaxPool2d{.padding = Padding::same, .stride = {2, 2}, .filter = {2, 2}}, "pool");
    name += ", pool";
  }
  return {name, net.global_average().dense(3).done(random.below(1000)), pick<std::int64_t>(random, {1, 8})};
}

}  // namespace mirim::networks
