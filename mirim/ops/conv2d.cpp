#include "mirim/ops/conv2d.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/conv2d.hpp"
#include "mirim/micro/conv2d_packed.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/packed_weights.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/weighted.hpp"

namespace mirim {
namespace {

struct Geometry {
  std::int64_t batch, height, width, channels;  // of the input
  std::int64_t outputs, group_channels, group_outputs;
  Window vertical, horizontal;
};

Geometry geometry(const Conv2d& op, const Shape& x, const Shape& weights) {
  Geometry g{};
  g.batch = x[0], g.height = x[1], g.width = x[2], g.channels = x[3];
  g.outputs = weights[0], g.group_channels = weights[3];
  const std::int64_t groups = g.channels / g.group_channels;
  g.group_outputs = g.outputs / groups;
  g.vertical = slide(Conv2d::name, op.padding, g.height, weights[1], op.stride.height, op.dilation.height);
  g.horizontal = slide(Conv2d::name, op.padding, g.width, weights[2], op.stride.width, op.dilation.width);
  return g;
}

// Calls f(y index, x index, weight index, channels) for every run of channels that one output multiplies: outputs in
// memory order and, within one, rows of the filter first, which is TFLite's order of summation.
template <class Start, class Run, class End>
void for_each_output(const Geometry& g, Start start, Run run, End end) {
  const Window &v = g.vertical, &h = g.horizontal;
  std::int64_t index = 0;
  for (std::int64_t n = 0; n < g.batch; ++n) {
    for (std::int64_t row = 0; row < v.output; ++row) {
      for (std::int64_t column = 0; column < h.output; ++column) {
        for (std::int64_t o = 0; o < g.outputs; ++o, ++index) {
          start(index);
          const std::int64_t first_channel = o / g.group_outputs * g.group_channels;
          for (std::int64_t i = 0; i < v.filter; ++i) {
            const std::int64_t in_row = v.start(row) + i * v.dilation;
            if (in_row < 0 || in_row >= g.height) continue;
            for (std::int64_t j = 0; j < h.filter; ++j) {
              const std::int64_t in_column = h.start(column) + j * h.dilation;
              if (in_column < 0 || in_column >= g.width) continue;
              run(((n * g.height + in_row) * g.width + in_column) * g.channels + first_channel,
                  ((o * v.filter + i) * h.filter + j) * g.group_channels);
            }
          }
          end(index, o);
        }
      }
    }
  }
}

// Geometry; the integer members are 0.
micro::Conv2dParams kernel_geometry(const Conv2d& op, const Geometry& g) {
  require_windows(Conv2d::name, g.vertical, g.horizontal, {g.batch, g.height, g.width, g.channels});
  const auto size = [](std::int64_t value) { return device_int(Conv2d::name, value); };
  return {
      .batches = size(g.batch),
      .input_height = size(g.height),
      .input_width = size(g.width),
      .input_channels = size(g.channels),
      .filter_height = size(g.vertical.filter),
      .filter_width = size(g.horizontal.filter),
      .filter_channels = size(g.group_channels),
      .output_height = size(g.vertical.output),
      .output_width = size(g.horizontal.output),
      .output_channels = size(g.outputs),
      .stride_height = op.stride.height,
      .stride_width = op.stride.width,
      .dilation_height = op.dilation.height,
      .dilation_width = op.dilation.width,
      .padding_top = size(g.vertical.before),
      .padding_left = size(g.horizontal.before),
      .input_offset = 0,
      .weights_offset = 0,
      .output_offset = 0,
      .multiplier_stride = 0,
      .activation_min = 0,
      .activation_max = 0,
  };
}

constexpr const char* kPackedHeader = "mirim/micro/conv2d_packed.hpp";

std::int64_t filter_size(const micro::Conv2dParams& p) {
  return product_of({p.filter_height, p.filter_width, p.filter_channels});
}

KernelConstant packed_weights(Types in, const micro::Conv2dParams& p) {
  return pack_rows(Conv2d::name, in[1],
                   {.groups = p.input_channels / p.filter_channels, .int16_inputs = in[0].dtype() == DType::int16});
}

KernelCall lower_packed(Types in, const micro::Conv2dParams& params, const WeightedParameters& w) {
  KernelCall call = with_packed_types(in, [&]<class A, class B>(A, B, auto bits) {
    return make_kernel_call(kPackedHeader, fmt::format("conv2d_packed<{}>", bits.value), "Conv2dParams",
                            &micro::conv2d_packed<bits.value, A, B>, params,
                            {kernel_input(0), kernel_constant(2), kernel_input(2), kernel_constant(0),
                             kernel_constant(1), kernel_scratch(), kernel_output(0)});
  });
  call.constants = w.constants;
  call.constants.push_back(packed_weights(in, params));
  call.scratch_bytes = filter_size(params) * byte_size(in[0].dtype());
  return call;
}

KernelCall lower_packed_dynamic(Types in, const micro::Conv2dParams& params, const DynamicParameters& d,
                                std::int64_t image) {
  std::vector<KernelArgument> arguments = dynamic_arguments();
  arguments[1] = kernel_constant(2);
  KernelCall call = with_packed_bits(in[1].dtype(), [&](auto bits) {
    return make_kernel_call(kPackedHeader, fmt::format("conv2d_packed_dynamic<{}>", bits.value), "Conv2dParams",
                            &micro::conv2d_packed_dynamic<bits.value>, params, std::move(arguments));
  });
  call.constants = d.constants;
  call.constants.push_back(packed_weights(in, params));
  call.scratch_bytes = image + filter_size(params);
  call.may_overwrite = {0};  // an image is quantized before its first result is written
  return call;
}

}  // namespace

std::vector<TensorType> Conv2d::infer(Types in) const {
  require_inputs(name, in, 2, 3);
  require_weighted_dtypes(name, in);
  require_rank(name, in, 0, 4);
  require_rank(name, in, 1, 4);
  activation_range(name, activation);
  const Shape &x = in[0].shape(), &weights = in[1].shape();
  if (weights[0] < 1 || weights[3] < 1 || x[3] % weights[3] != 0 || x[3] < 1 || weights[0] % (x[3] / weights[3]) != 0) {
    fail("{}: weights [{}] do not fit the input [{}]: expected [outputs, height, width, input channels]", name,
         to_string(weights), to_string(x));
  }
  if (in.has(2) && in[2].shape().elements() != weights[0]) {
    fail("{}: the bias has {} values, the weights {} outputs", name, in[2].shape().elements(), weights[0]);
  }
  const Geometry g = geometry(*this, x, weights);
  return {{in[0].dtype(), {g.batch, g.vertical.output, g.horizontal.output, g.outputs}}};
}

Cost Conv2d::cost(Types in) const {
  const auto out = infer(in);
  const std::int64_t outputs = out[0].shape.elements();
  const Shape& weights = in[1].shape();
  return {.macs = product_of({outputs, weights[1], weights[2], weights[3]}),
          .operations = outputs * ((in.has(2) ? 1 : 0) + (activation == Activation::none ? 0 : 1))};
}

void Conv2d::forward(Inputs x, Outputs y) const {
  if (x[1].dtype() != DType::float32) return forward_lowered(*this, x, y);
  const Geometry g = geometry(*this, x[0].shape(), x[1].shape());
  const ActivationRange range = activation_range(name, activation);
  const auto input = x[0].as<float>(), weights = x[1].as<float>();
  const float* bias = x.has(2) ? x[2].as<float>().data() : nullptr;
  const auto output = y[0].as<float>();
  float sum = 0;
  for_each_output(
      g, [&](std::int64_t) { sum = 0; },
      [&](std::int64_t from, std::int64_t weight) {
        const float* a = &input[static_cast<std::size_t>(from)];
        const float* b = &weights[static_cast<std::size_t>(weight)];
        for (std::int64_t c = 0; c < g.group_channels; ++c) sum += a[c] * b[c];
      },
      [&](std::int64_t index, std::int64_t o) {
        output[static_cast<std::size_t>(index)] = range.clamp(sum + (bias ? bias[o] : 0.0F));
      });
}

void Conv2d::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  const Geometry g = geometry(*this, x[0].shape(), x[1].shape());
  const ActivationRange range = activation_range(name, activation);
  const auto input = x[0].as<float>(), weights = x[1].as<float>(), output = y[0].as<float>(), above = dy[0].as<float>();
  float* to_input = dx.has(0) ? dx[0].as<float>().data() : nullptr;
  float* to_weights = dx.has(1) ? dx[1].as<float>().data() : nullptr;
  float* to_bias = dx.has(2) ? dx[2].as<float>().data() : nullptr;
  for (const TensorView& gradient : dx) std::fill(gradient.bytes.begin(), gradient.bytes.end(), std::byte{0});
  float slope = 0;  // dL/dy before the activation
  for_each_output(
      g,
      [&](std::int64_t index) {
        const auto i = static_cast<std::size_t>(index);
        slope = above[i] * range.slope(output[i]);
      },
      [&](std::int64_t from, std::int64_t weight) {
        if (slope == 0) return;
        const float* a = &input[static_cast<std::size_t>(from)];
        const float* b = &weights[static_cast<std::size_t>(weight)];
        for (std::int64_t c = 0; to_input && c < g.group_channels; ++c) to_input[from + c] += slope * b[c];
        for (std::int64_t c = 0; to_weights && c < g.group_channels; ++c) to_weights[weight + c] += slope * a[c];
      },
      [&](std::int64_t, std::int64_t o) {
        if (to_bias) to_bias[o] += slope;
      });
}

QuantizationRule Conv2d::quantization(Types) const { return {}; }

KernelCall Conv2d::lower(Types in, Types out) const {
  const Geometry g = geometry(*this, in[0].shape(), in[1].shape());
  micro::Conv2dParams params = kernel_geometry(*this, g);
  if (in[1].dtype() == DType::float32) {
    require_device_sizes(name, in, out);
    KernelCall call = make_kernel_call("mirim/micro/conv2d.hpp", "conv2d_float", "Conv2dParams", &micro::conv2d_float,
                                       params, float_arguments());
    call.constants = {activation_bounds(name, activation)};
    return call;
  }
  if (is_dynamic(in)) {
    const DynamicParameters d = dynamic_parameters(name, in, 0, activation);
    params.multiplier_stride = d.multiplier_stride;
    const std::int64_t image = in[0].shape().elements() / std::max<std::int64_t>(g.batch, 1);
    if (is_packed(in[1])) return lower_packed_dynamic(in, params, d, image);
    KernelCall call = make_kernel_call("mirim/micro/conv2d.hpp", "conv2d_dynamic", "Conv2dParams",
                                       &micro::conv2d_dynamic, params, dynamic_arguments());
    call.constants = d.constants;
    call.scratch_bytes = image;
    call.may_overwrite = {0};  // an image is quantized before its first result is written
    return call;
  }
  const WeightedParameters w = weighted_parameters(name, in, out, 0, activation);
  set_integers(params, w);
  if (is_packed(in[1])) return lower_packed(in, params, w);
  KernelCall call = with_weighted_types(in, [&]<class A, class W, class B>(A, W, B) {
    return make_kernel_call("mirim/micro/conv2d.hpp", "conv2d", "Conv2dParams", &micro::conv2d<A, W, B>, params,
                            integer_arguments());
  });
  call.constants = w.constants;
  return call;
}

int Conv2d::tflite_version(Types in, Types) const {
  if (in[0].shape().back() != in[1].shape().back()) return 6;
  if (in[1].dtype() == DType::int4) return 7;
  if (in[0].dtype() == DType::int16) return in.has(2) && in[2].dtype() == DType::int32 ? 8 : 4;
  return in[0].dtype() == DType::int8 ? 3 : 1;
}

void Conv2d::options(Options& o) {
  o.field(0, "padding", padding, Padding::same);
  o.field(1, "stride_w", stride.width, 0);
  o.field(2, "stride_h", stride.height, 0);
  o.field(3, "fused_activation_function", activation, Activation::none);
  o.field(4, "dilation_w_factor", dilation.width, 1);
  o.field(5, "dilation_h_factor", dilation.height, 1);
  o.field(6, "quantized_bias_type", quantized_bias_type, DType::float32);
}

template <>
Op default_op<Conv2d>() {
  return Conv2d{};
}

}  // namespace mirim
