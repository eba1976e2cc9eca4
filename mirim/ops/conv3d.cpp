#include "mirim/ops/conv3d.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/conv3d.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/weighted.hpp"

namespace mirim {
namespace {

struct Geometry {
  std::int64_t batch, depth, height, width, channels;  // of the input
  std::int64_t outputs;
  Window deep, vertical, horizontal;
};

Geometry geometry(const Conv3d& op, const Shape& x, const Shape& weights) {
  constexpr std::string_view kName = Conv3d::name;
  return {.batch = x[0],
          .depth = x[1],
          .height = x[2],
          .width = x[3],
          .channels = x[4],
          .outputs = weights[4],
          .deep = slide(kName, op.padding, x[1], weights[0], op.stride.depth, op.dilation.depth),
          .vertical = slide(kName, op.padding, x[2], weights[1], op.stride.height, op.dilation.height),
          .horizontal = slide(kName, op.padding, x[3], weights[2], op.stride.width, op.dilation.width)};
}

// The taps of a window at `position` that meet the input: f(tap, index in the input).
template <class F>
void for_each_tap(const Window& window, std::int64_t position, std::int64_t input, F f) {
  for (std::int64_t tap = 0; tap < window.filter; ++tap) {
    const std::int64_t at = window.start(position) + tap * window.dilation;
    if (at >= 0 && at < input) f(tap, at);
  }
}

// Calls place(index of the first output channel, taps) for each position of the filters, in memory order. `taps(f)`
// calls f(x index, weight index) for each tap inside the input, at its first channels.
template <class Place>
void for_each_place(const Geometry& g, Place place) {
  std::int64_t index = 0;
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t d = 0; d < g.deep.output; ++d) {
      for (std::int64_t row = 0; row < g.vertical.output; ++row) {
        for (std::int64_t column = 0; column < g.horizontal.output; ++column, index += g.outputs) {
          place(index, [&](auto f) {
            for_each_tap(g.deep, d, g.depth, [&](std::int64_t i, std::int64_t z) {
              for_each_tap(g.vertical, row, g.height, [&](std::int64_t j, std::int64_t y) {
                for_each_tap(g.horizontal, column, g.width, [&](std::int64_t k, std::int64_t x) {
                  f((((n * g.depth + z) * g.height + y) * g.width + x) * g.channels,
                    ((i * g.vertical.filter + j) * g.horizontal.filter + k) * g.channels * g.outputs);
                });
              });
            });
          });
        }
      }
    }
  }
}

}  // namespace

std::vector<TensorType> Conv3d::infer(Types in) const {
  require_inputs(name, in, 2, 3);
  for (int i = 0; i < 3; ++i) {
    if (in.has(i)) require_dtype(name, in, i, {DType::float32});
  }
  require_rank(name, in, 0, 5);
  require_rank(name, in, 1, 5);
  activation_range(name, activation);
  const Shape &x = in[0].shape(), &weights = in[1].shape();
  if (weights[3] != x[4] || weights[3] < 1 || weights[4] < 1) {
    fail("{}: weights [{}] do not fit the input [{}]: expected [depth, height, width, input channels, outputs]", name,
         to_string(weights), to_string(x));
  }
  if (in.has(2) && in[2].shape().elements() != weights[4]) {
    fail("{}: the bias has {} values, the weights {} outputs", name, in[2].shape().elements(), weights[4]);
  }
  const Geometry g = geometry(*this, x, weights);
  return {{DType::float32, {g.batch, g.deep.output, g.vertical.output, g.horizontal.output, g.outputs}}};
}

Cost Conv3d::cost(Types in) const {
  const auto out = infer(in);
  const std::int64_t outputs = out[0].shape.elements();
  const Shape& weights = in[1].shape();
  return {.macs = product_of({outputs, weights[0], weights[1], weights[2], weights[3]}),
          .operations = outputs * ((in.has(2) ? 1 : 0) + (activation == Activation::none ? 0 : 1))};
}

void Conv3d::forward(Inputs x, Outputs y) const {
  const Geometry g = geometry(*this, x[0].shape(), x[1].shape());
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  const float* weights = x[1].as<float>().data();
  const float* bias = x.has(2) ? x[2].as<float>().data() : nullptr;
  float* output = y[0].as<float>().data();
  // For each output the products come in TFLite's order: taps first, then channels.
  for_each_place(g, [&](std::int64_t index, auto taps) {
    float* to = output + index;
    std::fill(to, to + g.outputs, 0.0F);
    taps([&](std::int64_t from, std::int64_t weight) {
      const float* row = weights + weight;
      for (std::int64_t c = 0; c < g.channels; ++c, row += g.outputs) {
        for (std::int64_t o = 0; o < g.outputs; ++o) to[o] += row[o] * input[from + c];
      }
    });
    for (std::int64_t o = 0; o < g.outputs; ++o) to[o] = range.clamp(to[o] + (bias ? bias[o] : 0.0F));
  });
}

void Conv3d::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  const Geometry g = geometry(*this, x[0].shape(), x[1].shape());
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  const float* weights = x[1].as<float>().data();
  const float* output = y[0].as<float>().data();
  const float* above = dy[0].as<float>().data();
  float* to_input = dx.has(0) ? dx[0].as<float>().data() : nullptr;
  float* to_weights = dx.has(1) ? dx[1].as<float>().data() : nullptr;
  float* to_bias = dx.has(2) ? dx[2].as<float>().data() : nullptr;
  for (const TensorView& gradient : dx) std::fill(gradient.bytes.begin(), gradient.bytes.end(), std::byte{0});
  std::vector<float> slope(static_cast<std::size_t>(g.outputs));  // dL/dy before the activation
  for_each_place(g, [&](std::int64_t index, auto taps) {
    for (std::int64_t o = 0; o < g.outputs; ++o) {
      slope[static_cast<std::size_t>(o)] = above[index + o] * range.slope(output[index + o]);
      if (to_bias) to_bias[o] += slope[static_cast<std::size_t>(o)];
    }
    taps([&](std::int64_t from, std::int64_t weight) {
      for (std::int64_t c = 0; c < g.channels; ++c, weight += g.outputs) {
        for (std::int64_t o = 0; o < g.outputs; ++o) {
          const float s = slope[static_cast<std::size_t>(o)];
          if (to_input) to_input[from + c] += s * weights[weight + o];
          if (to_weights) to_weights[weight + o] += s * input[from + c];
        }
      }
    });
  });
}

KernelCall Conv3d::lower(Types in, Types out) const {
  require_device_sizes(name, in, out);
  const Geometry g = geometry(*this, in[0].shape(), in[1].shape());
  require_window(name, g.deep, g.depth);
  require_windows(name, g.vertical, g.horizontal, {g.batch, g.height, g.width, g.channels});
  const auto size = [](std::int64_t value) { return device_int(name, value); };
  const micro::Conv3dParams params{
      .batches = size(g.batch),
      .input_depth = size(g.depth),
      .input_height = size(g.height),
      .input_width = size(g.width),
      .input_channels = size(g.channels),
      .filter_depth = size(g.deep.filter),
      .filter_height = size(g.vertical.filter),
      .filter_width = size(g.horizontal.filter),
      .output_depth = size(g.deep.output),
      .output_height = size(g.vertical.output),
      .output_width = size(g.horizontal.output),
      .output_channels = size(g.outputs),
      .stride_depth = stride.depth,
      .stride_height = stride.height,
      .stride_width = stride.width,
      .dilation_depth = dilation.depth,
      .dilation_height = dilation.height,
      .dilation_width = dilation.width,
      .padding_front = size(g.deep.before),
      .padding_top = size(g.vertical.before),
      .padding_left = size(g.horizontal.before),
  };
  KernelCall call = make_kernel_call("mirim/micro/conv3d.hpp", "conv3d_float", "Conv3dParams", &micro::conv3d_float,
                                     params, float_arguments());
  call.constants = {activation_bounds(name, activation)};
  return call;
}

void Conv3d::options(Options& o) {
  o.field(0, "padding", padding, Padding::same);
  o.field(1, "stride_d", stride.depth, 0);
  o.field(2, "stride_w", stride.width, 0);
  o.field(3, "stride_h", stride.height, 0);
  o.field(4, "fused_activation_function", activation, Activation::none);
  o.field(5, "dilation_d_factor", dilation.depth, 1);
  o.field(6, "dilation_w_factor", dilation.width, 1);
  o.field(7, "dilation_h_factor", dilation.height, 1);
}

template <>
Op default_op<Conv3d>() {
  return Conv3d{};
}

}  // namespace mirim
