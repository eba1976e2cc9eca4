#include "mirim/ops/dequantize.hpp"

#include <cassert>

#include "mirim/base/error.hpp"
#include "mirim/micro/dequantize.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

template <class T>
void dequantize(std::span<const T> x, std::span<float> y, const Shape& shape, const Quantization& q) {
  assert(!q.empty());
  std::size_t inner = x.size();  // elements that share a scale and stand together
  if (q.per_channel()) {
    inner = 1;
    for (int d = q.dimension + 1; d < shape.rank(); ++d) inner *= static_cast<std::size_t>(shape[d]);
  }
  for (std::size_t i = 0; i < x.size(); ++i) {
    const std::size_t channel = i / inner % q.scale.size();
    const std::int64_t zero_point = q.zero_point.empty() ? 0 : q.zero_point[channel % q.zero_point.size()];
    y[i] = q.scale[channel] * static_cast<float>(static_cast<std::int64_t>(x[i]) - zero_point);
  }
}

}  // namespace

std::vector<TensorType> Dequantize::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::int8, DType::uint8, DType::int16, DType::int32});
  if (!in[0].quantization || in[0].quantization->empty()) {
    fail("{}: {}, without a scale, expected a quantized tensor", name, describe_input(in, 0));
  }
  return {{DType::float32, in[0].shape()}};
}

Cost Dequantize::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = out[0].shape.elements(), .bytes_moved = bytes_moved(in, out)};
}

void Dequantize::forward(Inputs x, Outputs y) const {
  const auto output = y[0].as<float>();
  const Quantization& q = *x[0].quantization;
  const Shape& shape = x[0].shape();
  if (x[0].dtype() == DType::int8) dequantize(x[0].as<std::int8_t>(), output, shape, q);
  if (x[0].dtype() == DType::uint8) dequantize(x[0].as<std::uint8_t>(), output, shape, q);
  if (x[0].dtype() == DType::int16) dequantize(x[0].as<std::int16_t>(), output, shape, q);
  if (x[0].dtype() == DType::int32) dequantize(x[0].as<std::int32_t>(), output, shape, q);
}

KernelCall Dequantize::lower(Types in, Types) const {
  if (in[0].dtype() != DType::int8) fail("{}: {}, the device kernel takes int8", name, describe_input(in, 0));
  const PerTensor input = per_tensor(name, "input", in[0]);
  return make_kernel_call(
      "mirim/micro/dequantize.hpp", "dequantize", "DequantizeParams", &micro::dequantize,
      {.count = device_int(name, in[0].shape().elements()), .scale = input.scale, .zero_point = input.zero_point},
      {kernel_input(0), kernel_output(0)});
}

int Dequantize::tflite_version(Types in, Types) const {
  if (in[0].dtype() == DType::int16) return 3;
  if (in[0].dtype() != DType::int8) return 1;
  return in[0].quantization && in[0].quantization->per_channel() ? 5 : 2;
}

template <>
Op default_op<Dequantize>() {
  return Dequantize{};
}

}  // namespace mirim
