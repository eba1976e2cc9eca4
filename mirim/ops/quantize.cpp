#include "mirim/ops/quantize.hpp"

#include "mirim/base/error.hpp"
#include "mirim/micro/quantize.hpp"
#include "mirim/micro/quantize_channels.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/per_channel.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr std::string_view kName = Quantize::name;

// f(T{}) with the C++ type of an integer tensor.
template <class F>
KernelCall with_integer(DType dtype, F f) {
  if (dtype == DType::int32) return f(std::int32_t{});
  return with_integer_type(kName, dtype, f);
}

}  // namespace

std::vector<TensorType> Quantize::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::uint8, DType::int16, DType::int32});
  if (to != DType::int8 && to != DType::uint8 && to != DType::int16 && to != DType::int32) {
    fail("{}: output of type {}, supported are int8, uint8, int16 and int32", name, mirim::name(to));
  }
  return {{to, in[0].shape()}};
}

Cost Quantize::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = out[0].shape.elements()};
}

void Quantize::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

KernelCall Quantize::lower(Types in, Types out) const {
  if (in[0].dtype() == DType::float32 && out[0].quantization && out[0].quantization->per_channel()) {
    PerChannel c = per_channel(name, "output", out[0]);
    device_int(name, in[0].type->bytes());
    const micro::QuantizeChannelsParams params{.outer = c.outer, .channels = c.channels, .inner = c.inner};
    KernelCall call = with_integer(to, [&]<class Out>(Out) {
      return make_kernel_call("mirim/micro/quantize_channels.hpp", "quantize_channels", "QuantizeChannelsParams",
                              &micro::quantize_channels<Out>, params,
                              {kernel_input(0), kernel_constant(0), kernel_constant(1), kernel_output(0)});
    });
    call.constants = std::move(c.constants);
    return call;
  }
  const PerTensor output = per_tensor(name, "output", out[0]);
  const std::int32_t count = device_int(name, in[0].shape().elements());
  if (in[0].dtype() == DType::float32) {
    return with_integer(to, [&]<class Out>(Out) {
      return make_kernel_call("mirim/micro/quantize.hpp", "quantize", "QuantizeParams", &micro::quantize<Out>,
                              {.count = count, .scale = output.scale, .zero_point = output.zero_point},
                              {kernel_input(0), kernel_output(0)});
    });
  }
  const PerTensor input = per_tensor(name, "input", in[0]);
  const double real = static_cast<double>(input.scale) / static_cast<double>(output.scale);
  const QuantizedMultiplier q = in_context(std::string(name), [&] { return quantize_multiplier(real); });
  const micro::RequantizeParams params{.count = count,
                                       .input_offset = -input.zero_point,
                                       .output_offset = output.zero_point,
                                       .multiplier = q.multiplier,
                                       .shift = q.shift};
  KernelCall call = with_integer(in[0].dtype(), [&]<class In>(In) {
    return with_integer(to, [&]<class Out>(Out) {
      return make_kernel_call("mirim/micro/quantize.hpp", "requantize", "RequantizeParams", &micro::requantize<In, Out>,
                              params, {kernel_input(0), kernel_output(0)});
    });
  });
  if (byte_size(to) == byte_size(in[0].dtype())) call.may_overwrite = {0};
  return call;
}

int Quantize::tflite_version(Types, Types out) const {
  if (out.has(0) && out[0].quantization && out[0].quantization->per_channel()) return 3;
  return to == DType::int16 ? 2 : 1;
}

void Quantize::options(Options& o) { o.field(kOutputType, "to", to, DType::int8); }

template <>
Op default_op<Quantize>() {
  return Quantize{};
}

}  // namespace mirim
