#include "mirim/ops/l2_normalization.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/l2_normalization.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {

std::vector<TensorType> L2Normalization::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::uint8});
  if (in[0].shape().rank() < 1) fail("{}: {}, expected at least 1 dimension", name, describe_input(in, 0));
  if (activation != Activation::none) fail("{}: has a fused activation, TFLite supports none here", name);
  return {*in[0].type};
}

Cost L2Normalization::cost(Types in) const {
  const auto out = infer(in);
  // Square, sum and quotient.
  return {.operations = 3 * out[0].shape.elements()};
}

void L2Normalization::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

QuantizationRule L2Normalization::quantization(Types) const {
  return {.output = Quantization{.scale = {1.0F / 128}, .zero_point = {0}}};
}

KernelCall L2Normalization::lower(Types in, Types out) const {
  const std::int64_t depth = in[0].shape().back();
  device_int(name, in[0].type->bytes());
  micro::L2NormalizationParams params{
      .rows = device_int(name, depth == 0 ? 0 : in[0].shape().elements() / depth),
      .depth = device_int(name, depth),
      .input_offset = 0,
      .output_offset = 0,
  };
  const auto call_of = [&](const std::string& function, auto kernel) {
    KernelCall call = make_kernel_call("mirim/micro/l2_normalization.hpp", function, "L2NormalizationParams", kernel,
                                       params, {kernel_input(0), kernel_output(0)});
    call.may_overwrite = {0};
    return call;
  };
  if (in[0].dtype() == DType::float32) return call_of("l2_normalization_float", &micro::l2_normalization_float);
  require_one_type(name, in, out, 0, 0, {DType::int8, DType::uint8});
  const PerTensor expected{1.0F / 128, in[0].dtype() == DType::int8 ? 0 : 128};
  const PerTensor input = per_tensor(name, "input", in[0]), output = per_tensor(name, "output", out[0]);
  if (output != expected) {
    fail("{}: the output has scale {} and zero point {}, expected 1/128 and {}", name, output.scale, output.zero_point,
         expected.zero_point);
  }
  constexpr std::int64_t kMostDepth = INT32_MAX / (255 * 255);
  if (depth > kMostDepth) fail("{}: the sum of {} squares can overflow, at most {} fit", name, depth, kMostDepth);
  params.input_offset = -input.zero_point;
  params.output_offset = output.zero_point;
  if (in[0].dtype() == DType::int8) return call_of("l2_normalization", &micro::l2_normalization<std::int8_t>);
  return call_of("l2_normalization", &micro::l2_normalization<std::uint8_t>);
}

int L2Normalization::tflite_version(Types in, Types) const { return in[0].dtype() == DType::int8 ? 2 : 1; }

void L2Normalization::options(Options& o) { o.field(0, "fused_activation_function", activation, Activation::none); }

template <>
Op default_op<L2Normalization>() {
  return L2Normalization{};
}

}  // namespace mirim
