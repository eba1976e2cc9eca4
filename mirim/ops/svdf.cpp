#include "mirim/ops/svdf.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/micro/svdf.hpp"
#include "mirim/micro/svdf_dynamic.hpp"
#include "mirim/micro/svdf_float.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr int kInput = 0, kFeature = 1, kTime = 2, kBias = 3, kState = 4, kOperands = 5;
constexpr std::string_view kName = Svdf::name;

struct Sizes {
  std::int64_t batches, inputs, filters, memory;
};

Sizes sizes(Types in) {
  return {in[kInput].shape()[0], in[kInput].shape()[1], in[kFeature].shape()[0], in[kTime].shape()[1]};
}

/// Whether the input is float32 and the weights are int8: each input row is quantized at run time.
bool is_dynamic(Types in) { return in[kInput].dtype() == DType::float32 && in[kFeature].dtype() == DType::int8; }

void require_dtypes(Types in) {
  require_dtype(kName, in, kInput, {DType::float32, DType::int8});
  if (in[kInput].dtype() == DType::float32) {
    require_dtype(kName, in, kFeature, {DType::float32, DType::int8});
    require_same_dtype(kName, in, kFeature, kTime);
    require_same_dtype(kName, in, kInput, kState);
  } else {
    require_dtype(kName, in, kFeature, {DType::int8});
    require_dtype(kName, in, kTime, {DType::int8, DType::int16});
    require_same_dtype(kName, in, kTime, kState);
  }
  if (in.has(kBias)) {
    require_dtype(kName, in, kBias, {in[kInput].dtype() == DType::int8 ? DType::int32 : DType::float32});
  }
}

/// The one scale and zero point; weights have their zero point at 0.
PerTensor quantization_of(Types in, int i) {
  const Quantization& q = *in[i].quantization;
  if (q.scale.size() != 1) fail("{}: {} with {} scales, expected one", kName, describe_input(in, i), q.scale.size());
  const std::int64_t zero_point = q.zero_point.empty() ? 0 : q.zero_point[0];
  const bool shifts = i == kInput || i == kState;
  const std::int64_t most = in[i].dtype() == DType::int8 ? 127 : 32767;
  if (!(q.scale[0] > 0) || !std::isfinite(q.scale[0]) ||
      (shifts ? zero_point < -most - 1 || zero_point > most : zero_point != 0)) {
    fail("{}: {} with scale {} and zero point {}", kName, describe_input(in, i), q.scale[0], zero_point);
  }
  return {q.scale[0], static_cast<std::int32_t>(zero_point)};
}

/// Throws Error if a sum of weights of features * (x - zero point) can leave int32, |x - zero point| <= largest.
void require_sums_fit(Types in, std::int64_t largest) {
  for (const int i : {kFeature, kTime, kBias}) {
    if (in.has(i) && !in[i].is_constant()) fail("{}: {} is no constant", kName, describe_input(in, i));
  }
  const auto inputs = static_cast<std::size_t>(sizes(in).inputs);
  const auto weights = in[kFeature].values<std::int8_t>();
  for (std::size_t first = 0; first < weights.size(); first += inputs) {
    std::int64_t magnitudes = 0;
    for (const std::int8_t weight : weights.subspan(first, inputs)) magnitudes += std::abs(weight);
    if (magnitudes * largest <= std::numeric_limits<std::int32_t>::max()) continue;
    fail("{}: the sum of filter {} can overflow 32 bits (weights add up to {})", kName, first / inputs, magnitudes);
  }
}

KernelCall lower_dynamic(const Svdf& op, Types in) {
  const Sizes s = sizes(in);
  require_sums_fit(in, 255);
  const micro::SvdfDynamicParams params{.batches = device_int(kName, s.batches),
                                        .inputs = device_int(kName, s.inputs),
                                        .units = device_int(kName, s.filters / op.rank),
                                        .rank = op.rank,
                                        .memory = device_int(kName, s.memory),
                                        .feature_scale = quantization_of(in, kFeature).scale,
                                        .time_scale = quantization_of(in, kTime).scale};
  const bool asymmetric = op.asymmetric_quantize_inputs;
  KernelCall call = make_kernel_call(
      "mirim/micro/svdf_dynamic.hpp", asymmetric ? "svdf_dynamic<true>" : "svdf_dynamic<false>", "SvdfDynamicParams",
      asymmetric ? &micro::svdf_dynamic<true> : &micro::svdf_dynamic<false>, params,
      {kernel_input(kInput), kernel_input(kFeature), kernel_input(kTime), kernel_input(kBias), kernel_constant(0),
       kernel_variable(kState), kernel_scratch(), kernel_output(0)});
  call.constants = {activation_bounds(kName, op.activation)};
  call.scratch_bytes = s.inputs;
  return call;
}

}  // namespace

std::vector<TensorType> Svdf::infer(Types in) const {
  if (in.size() != kOperands) fail("{}: has {} inputs, expected {}", name, in.size(), kOperands);
  for (const int i : {kInput, kFeature, kTime, kState}) {
    if (!in.has(i)) fail("{}: input {} is missing", name, i);
    require_rank(name, in, i, 2);
    in_context(std::string(name), [&] { return in[i].shape().elements(); });
  }
  require_dtypes(in);
  activation_range(name, activation);
  const Sizes s = sizes(in);
  if (rank < 1 || s.filters % rank != 0) fail("{}: {} filters are no multiple of the rank {}", name, s.filters, rank);
  const std::int64_t units = s.filters / rank;
  const bool fits = in[kFeature].shape() == Shape{s.filters, s.inputs} && in[kTime].shape()[0] == s.filters &&
                    s.memory >= 1 && in[kState].shape() == Shape{s.batches, product_of({s.filters, s.memory})};
  if (!fits) {
    fail("{}: {}, {}, {} and {} do not fit each other", name, describe_input(in, kInput), describe_input(in, kFeature),
         describe_input(in, kTime), describe_input(in, kState));
  }
  if (in.has(kBias) && in[kBias].shape() != Shape{units}) {
    fail("{}: {}, expected {}", name, describe_input(in, kBias), units);
  }
  return {{in[kInput].dtype(), {s.batches, units}}};
}

Cost Svdf::cost(Types in) const {
  const auto out = infer(in);
  const Sizes s = sizes(in);
  return {.macs = product_of({s.batches, s.filters, s.inputs + s.memory}),
          .operations = out[0].shape.elements() * ((in.has(kBias) ? 1 : 0) + (activation == Activation::none ? 0 : 1))};
}

std::vector<int> Svdf::variables(Types) const { return {kState}; }

void Svdf::forward(Inputs x, Outputs y) const {
  if (x[kFeature].dtype() == DType::int8) return forward_lowered(*this, x, y);
  const std::int64_t batches = x[kInput].shape()[0], inputs = x[kInput].shape()[1];
  const std::int64_t filters = x[kFeature].shape()[0], memory = x[kTime].shape()[1];
  const ActivationRange range = activation_range(name, activation);
  const float* from = x[kInput].as<float>().data();
  const float* feature = x[kFeature].as<float>().data();
  const float* time = x[kTime].as<float>().data();
  const float* bias = x.has(kBias) ? x[kBias].as<float>().data() : nullptr;
  float* state = y[1].as<float>().data();
  float* to = y[0].as<float>().data();
  for (std::int64_t b = 0; b < batches; ++b, from += inputs) {
    for (std::int64_t u = 0; u < filters / rank; ++u) {
      float result = 0;
      for (std::int64_t f = u * rank; f < (u + 1) * rank; ++f, state += memory) {
        float sum = 0;
        for (std::int64_t i = 0; i < inputs; ++i) sum += feature[f * inputs + i] * from[i];
        std::copy(state + 1, state + memory, state);
        state[memory - 1] = sum;
        for (std::int64_t m = 0; m < memory; ++m) result += time[f * memory + m] * state[m];
      }
      *to++ = range.clamp(result + (bias ? bias[u] : 0.0F));
    }
  }
}

KernelCall Svdf::lower(Types in, Types out) const {
  const Sizes s = sizes(in);
  if (is_dynamic(in)) return lower_dynamic(*this, in);
  if (in[kInput].dtype() == DType::float32) {
    const ActivationRange range = activation_range(name, activation);
    constexpr float kMost = std::numeric_limits<float>::max();
    const micro::SvdfFloatParams params{.batches = device_int(name, s.batches),
                                        .inputs = device_int(name, s.inputs),
                                        .units = device_int(name, s.filters / rank),
                                        .rank = rank,
                                        .memory = device_int(name, s.memory),
                                        .activation_min = std::max(range.least, -kMost),
                                        .activation_max = std::min(range.most, kMost)};
    return make_kernel_call("mirim/micro/svdf_float.hpp", "svdf_float", "SvdfFloatParams", &micro::svdf_float, params,
                            {kernel_input(kInput), kernel_input(kFeature), kernel_input(kTime), kernel_input(kBias),
                             kernel_variable(kState), kernel_output(0)});
  }
  const PerTensor x = quantization_of(in, kInput);
  require_sums_fit(in, 128 + std::abs(x.zero_point));
  const PerTensor state = quantization_of(in, kState), output = per_tensor(name, "output", out[0]);
  // Products and quotients of scales are floats here, as in tflite-micro.
  const auto multiplier = [](float from, float weights, float to) {
    return quantize_multiplier(static_cast<double>(from * weights / to));
  };
  const QuantizedMultiplier first = multiplier(x.scale, quantization_of(in, kFeature).scale, state.scale);
  const QuantizedMultiplier second = multiplier(state.scale, quantization_of(in, kTime).scale, output.scale);
  const bool wide = in[kState].dtype() == DType::int16;
  const micro::SvdfParams params{.batches = device_int(name, s.batches),
                                 .inputs = device_int(name, s.inputs),
                                 .units = device_int(name, s.filters / rank),
                                 .rank = rank,
                                 .memory = device_int(name, s.memory),
                                 .input_offset = -x.zero_point,
                                 .state_zero_point = state.zero_point,
                                 .state_multiplier = first.multiplier,
                                 .state_shift = first.shift,
                                 .state_min = wide ? -32768 : -128,
                                 .state_max = wide ? 32767 : 127,
                                 .output_multiplier = second.multiplier,
                                 .output_shift = second.shift,
                                 .output_offset = output.zero_point};
  const auto call = [&](auto* kernel) {
    return make_kernel_call("mirim/micro/svdf.hpp", "svdf", "SvdfParams", kernel, params,
                            {kernel_input(kInput), kernel_input(kFeature), kernel_input(kTime), kernel_input(kBias),
                             kernel_variable(kState), kernel_output(0)});
  };
  return wide ? call(&micro::svdf<std::int16_t>) : call(&micro::svdf<std::int8_t>);
}

int Svdf::tflite_version(Types in, Types) const {
  if (in[kInput].dtype() == DType::int8) return 3;
  if (is_dynamic(in)) return asymmetric_quantize_inputs ? 4 : 2;
  return 1;
}

void Svdf::options(Options& o) {
  o.field(0, "rank", rank, 0);
  o.field(1, "fused_activation_function", activation, Activation::none);
  o.field(2, "asymmetric_quantize_inputs", asymmetric_quantize_inputs, false);
}

template <>
Op default_op<Svdf>() {
  return Svdf{};
}

}  // namespace mirim
