#include "mirim/ops/transpose_conv.hpp"

#include <algorithm>

#include "mirim/base/error.hpp"
#include "mirim/micro/transpose_conv.hpp"
#include "mirim/micro/transpose_conv_dynamic.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/weighted.hpp"

namespace mirim {
namespace {

constexpr int kShape = 0, kWeights = 1, kInput = 2, kBias = 3;

// Along one axis: the number of outputs, and how many are cropped before them.
struct Extent {
  std::int64_t output, before;
};

// The padding is that of the convolution in the other direction, from `output` elements to the input.
Extent extent(const TransposeConv& op, std::int64_t input, std::int64_t filter, std::int32_t stride,
              std::int64_t output) {
  if (stride < 1) fail("{}: stride is {}, expected at least 1", TransposeConv::name, stride);
  if (op.padding == Padding::valid) return {output < 0 ? (input - 1) * stride + filter : output, 0};
  if (output < 0) output = input * stride;
  return {output, slide(TransposeConv::name, op.padding, output, filter, stride, 1).before};
}

struct Geometry {
  Extent vertical, horizontal;
};

Geometry geometry(const TransposeConv& op, Types in) {
  const Shape &x = in[kInput].shape(), &weights = in[kWeights].shape();
  std::vector<std::int64_t> shape{x[0], -1, -1, weights[0]};
  if (in[kShape].is_constant()) shape = require_constant_indices(TransposeConv::name, in, kShape);
  if (shape.size() != 4 || shape[0] != x[0] || shape[3] != weights[0] ||
      (in[kShape].is_constant() && (shape[1] < 1 || shape[2] < 1))) {
    fail("{}: the output's shape [{}] does not fit the input [{}] and the weights [{}]", TransposeConv::name,
         to_string(Shape(shape)), to_string(x), to_string(weights));
  }
  return {extent(op, x[1], weights[1], op.stride.height, shape[1]),
          extent(op, x[2], weights[2], op.stride.width, shape[2])};
}

// x, weights and bias, in the order of other operators with weights.
std::vector<Operand> weighted(Types in) {
  std::vector<Operand> result{in[kInput], in[kWeights]};
  if (in.has(kBias)) result.push_back(in[kBias]);
  return result;
}

// An int16 bias as the kernel's int64; old converters wrote it for int16 activations.
std::vector<std::int64_t> widened(const Operand& bias) {
  if (!bias.is_constant()) fail("{}: the int16 bias is computed at run time, expected a constant", TransposeConv::name);
  return {bias.values<std::int16_t>().begin(), bias.values<std::int16_t>().end()};
}

micro::TransposeConvParams parameters(const TransposeConv& op, Types in) {
  const Shape &x = in[kInput].shape(), &weights = in[kWeights].shape();
  const Geometry g = geometry(op, in);
  const auto size = [](std::int64_t value) { return device_int(TransposeConv::name, value); };
  size(g.vertical.output + g.vertical.before + weights[1] + op.stride.height);
  size(g.horizontal.output + g.horizontal.before + weights[2] + op.stride.width);
  micro::TransposeConvParams params{};
  params.batches = size(x[0]);
  params.input_height = size(x[1]);
  params.input_width = size(x[2]);
  params.input_channels = size(x[3]);
  params.filter_height = size(weights[1]);
  params.filter_width = size(weights[2]);
  params.output_height = size(g.vertical.output);
  params.output_width = size(g.horizontal.output);
  params.output_channels = size(weights[0]);
  params.stride_height = op.stride.height;
  params.stride_width = op.stride.width;
  params.padding_top = size(g.vertical.before);
  params.padding_left = size(g.horizontal.before);
  return params;
}

}  // namespace

std::vector<TensorType> TransposeConv::infer(Types in) const {
  require_inputs(name, in, 3, 4);
  require_dtype(name, in, kShape, {DType::int32});
  require_dtype(name, in, kInput, {DType::float32, DType::int8, DType::uint8, DType::int16});
  require_rank(name, in, kInput, 4);
  require_rank(name, in, kWeights, 4);
  activation_range(name, activation);
  const bool old_bias = in.has(kBias) && in[kInput].dtype() == DType::int16 && in[kBias].dtype() == DType::int16;
  auto operands = weighted(in);
  if (old_bias) operands.pop_back();
  require_weighted_dtypes(name, Types(operands));
  const Shape &x = in[kInput].shape(), &weights = in[kWeights].shape();
  if (weights[0] < 1 || weights[1] < 1 || weights[2] < 1 || weights[3] != x[3] || x[3] < 1) {
    fail("{}: weights [{}] do not fit the input [{}]: expected [outputs, height, width, input channels]", name,
         to_string(weights), to_string(x));
  }
  if (in.has(kBias) && in[kBias].shape().elements() != weights[0]) {
    fail("{}: the bias has {} values, the weights {} outputs", name, in[kBias].shape().elements(), weights[0]);
  }
  const Geometry g = geometry(*this, in);
  return {{in[kInput].dtype(), {x[0], g.vertical.output, g.horizontal.output, weights[0]}}};
}

Cost TransposeConv::cost(Types in) const {
  const auto out = infer(in);
  const Shape& weights = in[kWeights].shape();
  // Each input meets each weight of its channel; cropping is not subtracted.
  return {.macs = product_of({in[kInput].shape().elements(), weights[0], weights[1], weights[2]}),
          .operations = out[0].shape.elements() * ((in.has(kBias) ? 1 : 0) + (activation == Activation::none ? 0 : 1))};
}

TransposeConv::Windows TransposeConv::windows(const Shape& x, const Shape& weights, const Shape& output) const {
  const auto along = [&](int axis, std::int32_t step) {
    return Window{.output = x[axis],
                  .before = extent(*this, x[axis], weights[axis], step, output[axis]).before,
                  .filter = weights[axis],
                  .stride = step,
                  .dilation = 1};
  };
  return {along(1, stride.height), along(2, stride.width)};
}

void TransposeConv::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

void TransposeConv::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  const Shape &in = x[kInput].shape(), &filters = x[kWeights].shape(), &out = y[0].shape();
  const auto [vertical, horizontal] = windows(in, filters, out);
  const std::int64_t outputs = out[3], channels = in[3], filter = vertical.filter * horizontal.filter * channels;
  const ActivationRange range = activation_range(name, activation);
  const float *input = x[kInput].as<float>().data(), *weights = x[kWeights].as<float>().data();
  const auto at = [&](const Outputs& gradients, int i) {
    return gradients.has(i) ? gradients[i].as<float>().data() : nullptr;
  };
  float *to_input = at(dx, kInput), *to_weights = at(dx, kWeights), *to_bias = at(dx, kBias);
  for (const TensorView& gradient : dx) std::fill(gradient.bytes.begin(), gradient.bytes.end(), std::byte{0});
  const auto slope = [&](std::size_t i) { return dy[0].as<float>()[i] * range.slope(y[0].as<float>()[i]); };
  for (std::int64_t i = 0; to_bias && i < out.elements(); ++i)
    to_bias[i % outputs] += slope(static_cast<std::size_t>(i));
  // For each pixel of x the window of outputs that it reaches.
  for (std::int64_t pixel = 0; pixel < in.elements() / channels; ++pixel) {
    const float* a = input + pixel * channels;
    const std::int64_t image = pixel / (in[1] * in[2]);
    const std::int64_t top = vertical.start(pixel / in[2] % in[1]), left = horizontal.start(pixel % in[2]);
    for (std::int64_t k = std::max<std::int64_t>(0, -top); k < vertical.filter && top + k < out[1]; ++k) {
      for (std::int64_t l = std::max<std::int64_t>(0, -left); l < horizontal.filter && left + l < out[2]; ++l) {
        const std::int64_t first = ((image * out[1] + top + k) * out[2] + left + l) * outputs;
        const std::int64_t tap = (k * horizontal.filter + l) * channels;
        for (std::int64_t o = 0; o < outputs; ++o) {
          const float s = slope(static_cast<std::size_t>(first + o));
          if (s == 0) continue;
          const std::int64_t weight = o * filter + tap;
          for (std::int64_t c = 0; to_input && c < channels; ++c) {
            to_input[pixel * channels + c] += s * weights[weight + c];
          }
          for (std::int64_t c = 0; to_weights && c < channels; ++c) to_weights[weight + c] += s * a[c];
        }
      }
    }
  }
}

QuantizationRule TransposeConv::quantization(Types) const { return {}; }

KernelCall TransposeConv::lower(Types in, Types out) const {
  std::vector<Operand> operands = weighted(in);
  micro::TransposeConvParams params = parameters(*this, in);
  if (is_dynamic(Types(operands))) {
    const DynamicParameters d = dynamic_parameters(name, Types(operands), 0, activation);
    params.multiplier_stride = d.multiplier_stride;
    KernelCall call = make_kernel_call("mirim/micro/transpose_conv_dynamic.hpp", "transpose_conv_dynamic",
                                       "TransposeConvParams", &micro::transpose_conv_dynamic, params,
                                       {kernel_input(kInput), kernel_input(kWeights), kernel_input(kBias),
                                        kernel_constant(0), kernel_constant(1), kernel_scratch(), kernel_output(0)});
    call.constants = d.constants;
    call.scratch_bytes = in[kInput].shape().elements() / std::max<std::int64_t>(in[kInput].shape()[0], 1);
    return call;
  }
  if (in[kInput].dtype() == DType::float32) {
    require_device_sizes(name, Types(operands), out);
    KernelCall call = make_kernel_call(
        "mirim/micro/transpose_conv.hpp", "transpose_conv_float", "TransposeConvParams", &micro::transpose_conv_float,
        params,
        {kernel_input(kInput), kernel_input(kWeights), kernel_input(kBias), kernel_constant(0), kernel_output(0)});
    call.constants = {activation_bounds(name, activation)};
    return call;
  }
  std::vector<std::int64_t> wide_bias;
  const bool old_bias = in.has(kBias) && in[kBias].dtype() == DType::int16;
  const TensorType wide{DType::int64, old_bias ? in[kBias].shape() : Shape{}};
  if (old_bias) {
    wide_bias = widened(in[kBias]);
    operands.back() = {&wide, in[kBias].quantization, bytes_of(wide_bias)};
  }
  const WeightedParameters w = weighted_parameters(name, Types(operands), out, 0, activation);
  set_integers(params, w);
  const auto call_of = [&](auto kernel) {
    return make_kernel_call(
        "mirim/micro/transpose_conv.hpp", "transpose_conv", "TransposeConvParams", kernel, params,
        {kernel_input(kInput), kernel_input(kWeights), old_bias ? kernel_constant(2) : kernel_input(kBias),
         kernel_constant(0), kernel_constant(1), kernel_output(0)});
  };
  KernelCall call = with_weighted_types(
      Types(operands), [&]<class A, class W, class B>(A, W, B) { return call_of(&micro::transpose_conv<A, W, B>); });
  call.constants = w.constants;
  if (old_bias) call.constants.push_back(make_kernel_constant("bias", wide_bias));
  return call;
}

int TransposeConv::tflite_version(Types in, Types) const {
  if (quantized_bias_type != DType::float32) return 5;
  if (activation != Activation::none) return 4;
  if (in.has(kBias)) return 3;
  return in[kWeights].dtype() == DType::int8 ? 2 : 1;
}

void TransposeConv::options(Options& o) {
  o.field(0, "padding", padding, Padding::same);
  o.field(1, "stride_w", stride.width, 0);
  o.field(2, "stride_h", stride.height, 0);
  o.field(3, "fused_activation_function", activation, Activation::none);
  o.field(4, "quantized_bias_type", quantized_bias_type, DType::float32);
}

template <>
Op default_op<TransposeConv>() {
  return TransposeConv{};
}

}  // namespace mirim
