#include "mirim/ops/dequantize.hpp"

#include <cstring>

#include "mirim/base/error.hpp"
#include "mirim/base/float16.hpp"
#include "mirim/micro/dequantize.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/per_channel.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

constexpr std::string_view kName = Dequantize::name;

template <class F>
KernelCall with_integer(DType dtype, F f) {
  if (dtype == DType::int32) return f(std::int32_t{});
  return with_integer_type(kName, dtype == DType::int4 || dtype == DType::int2 ? DType::int8 : dtype, f);
}

KernelCall lower_channels(Types in) {
  PerChannel c = per_channel(kName, "input", in[0]);
  const micro::DequantizeChannelsParams params{.outer = c.outer, .channels = c.channels, .inner = c.inner};
  KernelCall call = with_integer(in[0].dtype(), [&]<class T>(T) {
    return make_kernel_call("mirim/micro/dequantize.hpp", "dequantize_channels", "DequantizeChannelsParams",
                            &micro::dequantize_channels<T>, params,
                            {kernel_input(0), kernel_constant(0), kernel_constant(1), kernel_output(0)});
  });
  call.constants = std::move(c.constants);
  return call;
}

}  // namespace

std::vector<TensorType> Dequantize::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0,
                {DType::float16, DType::int8, DType::uint8, DType::int16, DType::int32, DType::int4, DType::int2});
  if (in[0].dtype() == DType::float16) return {{DType::float32, in[0].shape()}};
  const Quantization* q = in[0].quantization;
  if (!q || q->empty()) {
    fail("{}: {}, without a scale, expected a quantized tensor", name, describe_input(in, 0));
  }
  const bool fits = q->dimension >= 0 && q->dimension < in[0].shape().rank() &&
                    in[0].shape()[q->dimension] == static_cast<std::int64_t>(q->scale.size());
  if (q->per_channel() && !fits) {
    fail("{}: {}, with {} scales along axis {}", name, describe_input(in, 0), q->scale.size(), q->dimension);
  }
  return {{DType::float32, in[0].shape()}};
}

Cost Dequantize::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = out[0].shape.elements()};
}

void Dequantize::forward(Inputs x, Outputs y) const {
  if (x[0].dtype() != DType::float16) return forward_lowered(*this, x, y);
  const auto output = y[0].as<float>();
  for (std::size_t i = 0; i < output.size(); ++i) {
    std::uint16_t half = 0;
    std::memcpy(&half, x[0].bytes.data() + 2 * i, 2);
    output[i] = float16_to_float(half);
  }
}

KernelCall Dequantize::lower(Types in, Types) const {
  if (in[0].dtype() == DType::float16) {
    fail("{}: {}, on the device only constants can be float16", name, describe_input(in, 0));
  }
  device_int(name, in[0].type->bytes());
  if (in[0].quantization->per_channel()) return lower_channels(in);
  const PerTensor input = per_tensor(name, "input", in[0]);
  const micro::DequantizeParams params{
      .count = device_int(name, in[0].shape().elements()), .scale = input.scale, .zero_point = input.zero_point};
  return with_integer(in[0].dtype(), [&]<class T>(T) {
    return make_kernel_call("mirim/micro/dequantize.hpp", "dequantize", "DequantizeParams", &micro::dequantize<T>,
                            params, {kernel_input(0), kernel_output(0)});
  });
}

int Dequantize::tflite_version(Types in, Types) const {
  if (in[0].dtype() == DType::int16 || in[0].dtype() == DType::float16) return 3;
  if (in[0].dtype() == DType::int4) return 6;
  if (in[0].dtype() != DType::int8) return 1;
  return in[0].quantization && in[0].quantization->per_channel() ? 5 : 2;
}

template <>
Op default_op<Dequantize>() {
  return Dequantize{};
}

}  // namespace mirim
