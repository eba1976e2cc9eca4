#include "mirim/ops/fully_connected.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "mirim/base/error.hpp"
#include "mirim/graph/blocks.hpp"
#include "mirim/micro/fully_connected.hpp"
#include "mirim/micro/fully_connected_asymmetric.hpp"
#include "mirim/micro/fully_connected_blocks.hpp"
#include "mirim/micro/fully_connected_packed.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/packed_weights.hpp"
#include "mirim/ops/quantization_math.hpp"
#include "mirim/ops/weighted.hpp"

namespace mirim {
namespace {

constexpr std::array<std::string_view, 2> kFormats{"DEFAULT", "SHUFFLED4x16INT8"};
constexpr const char* kPackedHeader = "mirim/micro/fully_connected_packed.hpp";

KernelCall lower_packed(Types in, const micro::FullyConnectedParams& params, const WeightedParameters& w) {
  std::vector<KernelArgument> arguments = integer_arguments();
  arguments[1] = kernel_constant(2);
  // tflite-micro, which rounds twice, has int4 weights of one scale with int8 activations.
  const bool once = in[0].dtype() != DType::int8 || in[1].dtype() != DType::int4 || w.multiplier_stride != 0;
  KernelCall call = with_packed_types(in, [&]<class A, class B>(A, B, auto bits) {
    return make_kernel_call(kPackedHeader, fmt::format("fully_connected_packed<{}, {}>", bits.value, once),
                            "FullyConnectedParams",
                            once ? &micro::fully_connected_packed<bits.value, true, A, B>
                                 : &micro::fully_connected_packed<bits.value, false, A, B>,
                            params, std::move(arguments));
  });
  call.constants = w.constants;
  call.constants.push_back(pack_rows(FullyConnected::name, in[1], {.int16_inputs = in[0].dtype() == DType::int16}));
  return call;
}

KernelCall lower_dynamic(const FullyConnected& op, Types in, micro::FullyConnectedParams params) {
  const DynamicParameters d = dynamic_parameters(op.name, in, 0, op.activation);
  params.multiplier_stride = d.multiplier_stride;
  std::vector<KernelArgument> arguments = dynamic_arguments();
  KernelCall call;
  if (is_packed(in[1])) {
    arguments[1] = kernel_constant(2);
    call = with_packed_bits(in[1].dtype(), [&](auto bits) {
      return make_kernel_call(
          kPackedHeader,
          fmt::format("fully_connected_packed_dynamic<{}, {}>", bits.value, op.asymmetric_quantize_inputs),
          "FullyConnectedParams",
          op.asymmetric_quantize_inputs ? &micro::fully_connected_packed_dynamic<bits.value, true>
                                        : &micro::fully_connected_packed_dynamic<bits.value, false>,
          params, std::move(arguments));
    });
  } else {
    call = make_kernel_call(
        "mirim/micro/fully_connected.hpp", fmt::format("fully_connected_dynamic<{}>", op.asymmetric_quantize_inputs),
        "FullyConnectedParams",
        op.asymmetric_quantize_inputs ? &micro::fully_connected_dynamic<true> : &micro::fully_connected_dynamic<false>,
        params, std::move(arguments));
  }
  call.constants = d.constants;
  if (is_packed(in[1])) call.constants.push_back(pack_rows(op.name, in[1], {}));
  call.scratch_bytes = params.inputs;
  call.may_overwrite = {0};  // a row is quantized before its first result is written
  return call;
}

/// LiteRT runs such layers with blocks of 32 elements and their multiples, whose scales it keeps as bfloat16.
float as_kept(float scale, std::int64_t block) {
  if (block % 32 != 0) return scale;
  const auto bits = std::bit_cast<std::uint32_t>(scale);
  return std::bit_cast<float>((bits + 0x7fff + (bits >> 16 & 1)) & 0xffff0000);
}

/// For each four outputs and each block the scales of the four.
std::vector<float> scales_in_fours(const std::vector<float>& scales, std::int64_t outputs, std::int64_t block,
                                   std::int64_t blocks) {
  std::vector<float> result;
  for (std::int64_t o = 0; o < outputs; o += 4) {
    for (std::int64_t k = 0; k < blocks; ++k) {
      for (std::int64_t f = o; f < o + 4; ++f) {
        result.push_back(f < outputs ? as_kept(scales[static_cast<std::size_t>(f * blocks + k)], block) : 0.0F);
      }
    }
  }
  return result;
}

KernelCall lower_blocks(const FullyConnected& op, Types in, const micro::FullyConnectedParams& size) {
  const Quantization& q = *in[1].quantization;
  if (in[0].dtype() != DType::float32 || !is_packed(in[1])) {
    fail_unsupported("{}: {} and {} in blocks, supported are float32 and int4 or int2", op.name, describe_input(in, 0),
                     describe_input(in, 1));
  }
  const std::int64_t block = block_size(q, in[1].shape()), blocks = block < 1 ? 0 : in[1].shape()[1] / block;
  if (static_cast<std::int64_t>(q.scale.size()) != in[1].shape()[0] * blocks || blocks * block != size.inputs) {
    fail("{}: {} scales of blocks do not fit weights of [{}]", op.name, q.scale.size(), to_string(in[1].shape()));
  }
  const micro::FullyConnectedBlocksParams params{
      .batches = size.batches, .inputs = size.inputs, .outputs = size.outputs, .block = device_int(op.name, block)};
  std::vector<KernelArgument> arguments = dynamic_arguments();
  arguments[1] = kernel_constant(2);
  KernelCall call = with_packed_bits(in[1].dtype(), [&](auto bits) {
    return make_kernel_call("mirim/micro/fully_connected_blocks.hpp",
                            fmt::format("fully_connected_blocks<{}>", bits.value), "FullyConnectedBlocksParams",
                            &micro::fully_connected_blocks<bits.value>, params, std::move(arguments));
  });
  call.constants = {make_kernel_constant("block_scale", scales_in_fours(q.scale, size.outputs, block, blocks)),
                    activation_bounds(op.name, op.activation), pack_rows(op.name, in[1], {.blocks = blocks})};
  call.scratch_bytes = 4 * blocks + size.inputs;
  call.may_overwrite = {0};  // a row is quantized before its first result is written
  return call;
}

}  // namespace

std::span<const std::string_view> enum_names(WeightsFormat) { return kFormats; }

std::vector<TensorType> FullyConnected::infer(Types in) const {
  require_inputs(name, in, 2, 3);
  require_weighted_dtypes(name, in);
  require_rank(name, in, 1, 2);
  activation_range(name, activation);
  if (weights_format != WeightsFormat::standard) fail("{}: weights in the shuffled format are not supported", name);
  const Shape &x = in[0].shape(), &weights = in[1].shape();
  const std::int64_t outputs = weights[0], inputs = weights[1], elements = x.elements();
  if (inputs < 1 || elements % inputs != 0 || (keep_num_dims && x.back() != inputs)) {
    fail("{}: weights [{}] do not fit the input [{}]: expected [outputs, inputs]", name, to_string(weights),
         to_string(x));
  }
  if (in.has(2) && in[2].shape().elements() != outputs) {
    fail("{}: the bias has {} values, the weights {} outputs", name, in[2].shape().elements(), outputs);
  }
  if (!keep_num_dims || x.rank() == 0) return {{in[0].dtype(), {elements / inputs, outputs}}};
  Shape shape = x;
  shape[x.rank() - 1] = outputs;
  return {{in[0].dtype(), shape}};
}

Cost FullyConnected::cost(Types in) const {
  const auto out = infer(in);
  const std::int64_t outputs = out[0].shape.elements();
  return {.macs = product_of({outputs, in[1].shape()[1]}),
          .operations = outputs * ((in.has(2) ? 1 : 0) + (activation == Activation::none ? 0 : 1))};
}

void FullyConnected::forward(Inputs x, Outputs y) const {
  if (x[1].dtype() != DType::float32) return forward_lowered(*this, x, y);
  const std::int64_t outputs = x[1].shape()[0], inputs = x[1].shape()[1];
  const std::int64_t batch = x[0].shape().elements() / inputs;
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  const float* weights = x[1].as<float>().data();
  const float* bias = x.has(2) ? x[2].as<float>().data() : nullptr;
  float* output = y[0].as<float>().data();
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      float sum = 0;
      for (std::int64_t i = 0; i < inputs; ++i) sum += input[b * inputs + i] * weights[o * inputs + i];
      output[b * outputs + o] = range.clamp(sum + (bias ? bias[o] : 0.0F));
    }
  }
}

void FullyConnected::backward(Inputs x, Inputs y, Inputs dy, Outputs dx, TrainingState) const {
  const std::int64_t outputs = x[1].shape()[0], inputs = x[1].shape()[1];
  const std::int64_t batch = x[0].shape().elements() / inputs;
  const ActivationRange range = activation_range(name, activation);
  const float* input = x[0].as<float>().data();
  const float* weights = x[1].as<float>().data();
  const float* output = y[0].as<float>().data();
  const float* above = dy[0].as<float>().data();
  float* to_input = dx.has(0) ? dx[0].as<float>().data() : nullptr;
  float* to_weights = dx.has(1) ? dx[1].as<float>().data() : nullptr;
  float* to_bias = dx.has(2) ? dx[2].as<float>().data() : nullptr;
  for (const TensorView& gradient : dx) std::fill(gradient.bytes.begin(), gradient.bytes.end(), std::byte{0});
  for (std::int64_t b = 0; b < batch; ++b) {
    for (std::int64_t o = 0; o < outputs; ++o) {
      const float slope = above[b * outputs + o] * range.slope(output[b * outputs + o]);
      if (slope == 0) continue;
      for (std::int64_t i = 0; to_input && i < inputs; ++i) to_input[b * inputs + i] += slope * weights[o * inputs + i];
      for (std::int64_t i = 0; to_weights && i < inputs; ++i)
        to_weights[o * inputs + i] += slope * input[b * inputs + i];
      if (to_bias) to_bias[o] += slope;
    }
  }
}

QuantizationRule FullyConnected::quantization(Types) const { return {}; }

KernelCall FullyConnected::lower(Types in, Types out) const {
  const std::int64_t outputs = in[1].shape()[0], inputs = in[1].shape()[1];
  micro::FullyConnectedParams params{};
  params.batches = device_int(name, in[0].shape().elements() / inputs);
  params.inputs = device_int(name, inputs);
  params.outputs = device_int(name, outputs);
  if (in[1].dtype() == DType::float32) {
    require_device_sizes(name, in, out);
    KernelCall call =
        make_kernel_call("mirim/micro/fully_connected.hpp", "fully_connected_float", "FullyConnectedParams",
                         &micro::fully_connected_float, params, float_arguments());
    call.constants = {activation_bounds(name, activation)};
    return call;
  }
  if (in[1].quantization != nullptr && is_in_blocks(*in[1].quantization)) return lower_blocks(*this, in, params);
  if (is_dynamic(in)) return lower_dynamic(*this, in, params);
  const WeightedParameters w = weighted_parameters(name, in, out, 0, activation);
  set_integers(params, w);
  if (is_packed(in[1])) return lower_packed(in, params, w);
  if (in[1].dtype() == DType::int8 && w.weights_offset != 0) {
    KernelCall call =
        make_kernel_call("mirim/micro/fully_connected_asymmetric.hpp", "fully_connected_asymmetric",
                         "FullyConnectedParams", &micro::fully_connected_asymmetric, params, integer_arguments());
    call.constants = w.constants;
    return call;
  }
  if (in[1].dtype() == DType::int16) {
    KernelCall call = make_kernel_call("mirim/micro/fully_connected.hpp", "fully_connected", "FullyConnectedParams",
                                       &micro::fully_connected<std::int16_t, std::int16_t, std::int64_t>, params,
                                       integer_arguments());
    call.constants = w.constants;
    return call;
  }
  KernelCall call = with_weighted_types(in, [&]<class A, class W, class B>(A, W, B) {
    return make_kernel_call("mirim/micro/fully_connected.hpp", "fully_connected", "FullyConnectedParams",
                            &micro::fully_connected<A, W, B>, params, integer_arguments());
  });
  call.constants = w.constants;
  return call;
}

int FullyConnected::tflite_version(Types in, Types) const {
  if (!in.has(2) && in.size() == 2) return 6;
  if (keep_num_dims) return 5;
  return in[0].dtype() == DType::int8 ? 4 : 1;
}

void FullyConnected::options(Options& o) {
  o.field(0, "fused_activation_function", activation, Activation::none);
  o.field(1, "weights_format", weights_format, WeightsFormat::standard);
  o.field(2, "keep_num_dims", keep_num_dims, false);
  o.field(3, "asymmetric_quantize_inputs", asymmetric_quantize_inputs, false);
  o.field(4, "quantized_bias_type", quantized_bias_type, DType::float32);
}

template <>
Op default_op<FullyConnected>() {
  return FullyConnected{};
}

}  // namespace mirim
