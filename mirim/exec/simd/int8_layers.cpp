#include "mirim/exec/simd/int8_layers.hpp"

#include <algorithm>
#include <memory>
#include <vector>

#include "mirim/exec/simd/int8_kernels.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/window.hpp"
#include "mirim/ops/conv2d.hpp"
#include "mirim/ops/depthwise_conv2d.hpp"
#include "mirim/ops/fully_connected.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim::simd {
namespace {

using Int16s = std::vector<std::int16_t>;

// A row of weights or inputs, filled up for dot_rows.
std::int64_t padded(std::int64_t count) { return (count + kInt16Block - 1) / kInt16Block * kInt16Block; }

// Weights [rows, count] as int16, each row filled up with zeros.
Int16s padded_rows(const std::int8_t* weights, std::int64_t rows, std::int64_t count) {
  Int16s result(static_cast<std::size_t>(rows * padded(count)));
  for (std::int64_t r = 0; r < rows; ++r) widen(weights + r * count, 0, result.data() + r * padded(count), count);
  return result;
}

// The sums of all output channels of one pixel: they begin as the bias and end requantized.
class Sums {
 public:
  Sums(const BoundNode& bound, const WeightedParameters& w, std::int64_t channels)
      : range_(w.range), output_offset_(w.output.zero_point), bias_(static_cast<std::size_t>(channels)) {
    if (bound.x.has(2)) std::ranges::copy(bound.x[2].as<std::int32_t>(), bias_.begin());
    multiplier_ = for_each_channel(w, 0);
    shift_ = for_each_channel(w, 1);
    sums_.resize(bias_.size());
  }

  std::int32_t* start() {
    std::ranges::copy(bias_, sums_.begin());
    return sums_.data();
  }

  void finish(std::int8_t* output) const {
    for (std::size_t c = 0; c < sums_.size(); ++c) {
      const std::int32_t y =
          output_offset_ + micro::multiply_by_quantized_multiplier(sums_[c], multiplier_[c], shift_[c]);
      output[c] = static_cast<std::int8_t>(micro::clamp(y, range_.min, range_.max));
    }
  }

 private:
  std::vector<std::int32_t> for_each_channel(const WeightedParameters& w, std::size_t constant) const {
    const auto* from = reinterpret_cast<const std::int32_t*>(w.constants[constant].bytes.data());
    std::vector<std::int32_t> result;
    for (std::size_t c = 0; c < bias_.size(); ++c)
      result.push_back(from[c * static_cast<std::size_t>(w.multiplier_stride)]);
    return result;
  }

  Int8Range range_;
  std::int32_t output_offset_;
  std::vector<std::int32_t> bias_, multiplier_, shift_, sums_;
};

// Calls f(output pixel, first input row, rows of the window inside, first input column, columns inside) for each output
// pixel of an image.
template <class F>
void for_each_window(const Window& vertical, std::int64_t height, const Window& horizontal, std::int64_t width, F f) {
  const auto inside = [](const Window& w, std::int64_t start, std::int64_t size) {
    return micro::taps_inside(static_cast<std::int32_t>(start), static_cast<std::int32_t>(w.filter),
                              static_cast<std::int32_t>(w.dilation), static_cast<std::int32_t>(size));
  };
  std::int64_t pixel = 0;
  for (std::int64_t y = 0; y < vertical.output; ++y) {
    const std::int64_t top = vertical.start(y);
    const micro::TapRange rows = inside(vertical, top, height);
    for (std::int64_t x = 0; x < horizontal.output; ++x, ++pixel) {
      const std::int64_t left = horizontal.start(x);
      f(pixel, top, rows, left, inside(horizontal, left, width));
    }
  }
}

struct Geometry {
  std::int64_t batch, height, width, channels, outputs;
  Window vertical, horizontal;
};

template <class Conv>
Geometry geometry(const Conv& op, const Shape& x, const Shape& weights, std::int64_t outputs) {
  return {x[0],
          x[1],
          x[2],
          x[3],
          outputs,
          slide(Conv::name, op.padding, x[1], weights[1], op.stride.height, op.dilation.height),
          slide(Conv::name, op.padding, x[2], weights[2], op.stride.width, op.dilation.width)};
}

// Each window is laid out as one row of int16, zeros where it is outside, and multiplied with all filters.
std::function<void()> convolution(const BoundNode& bound, const Conv2d& op, const WeightedParameters& w) {
  const Shape &x = bound.x[0].shape(), &weights = bound.x[1].shape();
  if (weights[3] != x[3]) return {};
  const Geometry g = geometry(op, x, weights, weights[0]);
  const std::int64_t row = g.horizontal.filter * g.channels, count = g.vertical.filter * row;
  return [g, row, length = padded(count), patch = Int16s(static_cast<std::size_t>(padded(count))),
          filters = padded_rows(bound.x[1].as<std::int8_t>().data(), g.outputs, count),
          sums = Sums(bound, w, g.outputs), offset = -w.input.zero_point, input = bound.x[0].as<std::int8_t>().data(),
          output = bound.y[0].as<std::int8_t>().data()]() mutable {
    const std::int64_t pixels = g.vertical.output * g.horizontal.output;
    for (std::int64_t b = 0; b < g.batch; ++b) {
      const std::int8_t* image = input + b * g.height * g.width * g.channels;
      std::int8_t* to = output + b * pixels * g.outputs;
      for_each_window(
          g.vertical, g.height, g.horizontal, g.width, [&](auto pixel, auto top, auto rows, auto left, auto columns) {
            const bool whole =
                rows.end - rows.begin == g.vertical.filter && columns.end - columns.begin == g.horizontal.filter;
            if (!whole) std::ranges::fill(patch, std::int16_t{0});
            for (std::int64_t i = rows.begin; i < rows.end; ++i) {
              const std::int8_t* from = image + (top + i * g.vertical.dilation) * g.width * g.channels;
              std::int16_t* patch_row = patch.data() + i * row;
              if (g.horizontal.dilation == 1) {
                widen(from + (left + columns.begin) * g.channels, offset, patch_row + columns.begin * g.channels,
                      (columns.end - columns.begin) * g.channels);
                continue;
              }
              for (std::int64_t j = columns.begin; j < columns.end; ++j) {
                widen(from + (left + j * g.horizontal.dilation) * g.channels, offset, patch_row + j * g.channels,
                      g.channels);
              }
            }
            dot_rows(patch.data(), filters.data(), g.outputs, length, sums.start());
            sums.finish(to + pixel * g.outputs);
          });
    }
  };
}

// Channel by channel: one product of vectors for each tap.
std::function<void()> depthwise(const BoundNode& bound, const DepthwiseConv2d& op, const WeightedParameters& w) {
  const Shape &x = bound.x[0].shape(), &weights = bound.x[1].shape();
  if (weights[3] != x[3]) return {};
  const Geometry g = geometry(op, x, weights, x[3]);
  return [g, wide = Int16s(static_cast<std::size_t>(x.elements())), sums = Sums(bound, w, g.channels),
          filters = padded_rows(bound.x[1].as<std::int8_t>().data(), 1, weights.elements()),
          offset = -w.input.zero_point, input = bound.x[0].as<std::int8_t>().data(),
          output = bound.y[0].as<std::int8_t>().data()]() mutable {
    widen(input, offset, wide.data(), static_cast<std::int64_t>(wide.size()));
    const std::int64_t pixels = g.vertical.output * g.horizontal.output;
    for (std::int64_t b = 0; b < g.batch; ++b) {
      const std::int16_t* image = wide.data() + b * g.height * g.width * g.channels;
      std::int8_t* to = output + b * pixels * g.channels;
      for_each_window(
          g.vertical, g.height, g.horizontal, g.width, [&](auto pixel, auto top, auto rows, auto left, auto columns) {
            std::int32_t* sum = sums.start();
            for (std::int64_t i = rows.begin; i < rows.end; ++i) {
              for (std::int64_t j = columns.begin; j < columns.end; ++j) {
                const std::int64_t at = (top + i * g.vertical.dilation) * g.width + left + j * g.horizontal.dilation;
                multiply_add(image + at * g.channels, filters.data() + (i * g.horizontal.filter + j) * g.channels, sum,
                             g.channels);
              }
            }
            sums.finish(to + pixel * g.channels);
          });
    }
  };
}

std::function<void()> dense(const BoundNode& bound, const WeightedParameters& w) {
  const Shape& weights = bound.x[1].shape();
  const std::int64_t outputs = weights[0], count = weights[1], batch = bound.x[0].shape().elements() / count;
  return [outputs, count, batch, row = Int16s(static_cast<std::size_t>(padded(count))), sums = Sums(bound, w, outputs),
          filters = padded_rows(bound.x[1].as<std::int8_t>().data(), outputs, count), offset = -w.input.zero_point,
          input = bound.x[0].as<std::int8_t>().data(), output = bound.y[0].as<std::int8_t>().data()]() mutable {
    for (std::int64_t b = 0; b < batch; ++b) {
      widen(input + b * count, offset, row.data(), count);
      dot_rows(row.data(), filters.data(), outputs, padded(count), sums.start());
      sums.finish(output + b * outputs);
    }
  };
}

}  // namespace

std::function<void()> prepare_int8(const BoundNode& bound) {
  const Node& node = bound.node;
  const auto* conv = node.op.as<Conv2d>();
  const auto* depthwise_conv = node.op.as<DepthwiseConv2d>();
  const auto* fully_connected = node.op.as<FullyConnected>();
  if (!conv && !depthwise_conv && !fully_connected) return {};
  if (bound.x[0].dtype() != DType::int8 || !bound.graph[node.inputs[1]].is_constant()) return {};
  if (bound.x.has(2) && !bound.graph[node.inputs[2]].is_constant()) return {};
  // Lowering checks everything that the kernels, these as well, take for granted.
  const auto in = operands(bound.graph, node.inputs), out = operands(bound.graph, node.outputs);
  node.op.lower(Types(in), Types(out));
  const auto parameters = [&](int channel_axis, Activation activation) {
    return weighted_parameters(node.op.name(), Types(in), Types(out), channel_axis, activation);
  };
  if (conv) return convolution(bound, *conv, parameters(0, conv->activation));
  if (depthwise_conv) return depthwise(bound, *depthwise_conv, parameters(3, depthwise_conv->activation));
  return dense(bound, parameters(0, fully_connected->activation));
}

}  // namespace mirim::simd
