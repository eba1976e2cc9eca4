#include "mirim/ops/quantize.hpp"

#include <cmath>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/micro/quantize.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

template <class T>
void quantize(std::span<const float> x, std::span<T> y, const Quantization& q) {
  if (q.empty()) fail("{}: the output has no scale", Quantize::name);
  const float scale = q.scale[0];
  const auto zero_point = static_cast<double>(q.zero_point.empty() ? 0 : q.zero_point[0]);
  constexpr auto kLeast = static_cast<double>(std::numeric_limits<T>::lowest());
  constexpr auto kMost = static_cast<double>(std::numeric_limits<T>::max());
  for (std::size_t i = 0; i < x.size(); ++i) {
    // In double the sum is exact and the clamp comes before the conversion, which a NaN or infinity would break.
    const double value = static_cast<double>(std::round(x[i] / scale)) + zero_point;
    y[i] = static_cast<T>(value >= kLeast ? (value <= kMost ? value : kMost) : kLeast);
  }
}

}  // namespace

std::vector<TensorType> Quantize::infer(Types in) const {
  require_inputs(name, in, 1);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::uint8});
  if (to != DType::int8 && to != DType::uint8 && to != DType::int16 && to != DType::int32) {
    fail("{}: output of type {}, supported are int8, uint8, int16 and int32", name, mirim::name(to));
  }
  return {{to, in[0].shape()}};
}

Cost Quantize::cost(Types in) const {
  const auto out = infer(in);
  return {.operations = out[0].shape.elements(), .bytes_moved = bytes_moved(in, out)};
}

void Quantize::forward(Inputs x, Outputs y) const {
  if (to == DType::int8 && (x[0].dtype() == DType::float32 || x[0].dtype() == DType::int8)) {
    return forward_lowered(*this, x, y);
  }
  if (x[0].dtype() != DType::float32) {
    fail("{}: from {} to {} is not supported", name, mirim::name(x[0].dtype()), mirim::name(to));
  }
  const auto input = x[0].as<float>();
  const Quantization& q = *y[0].quantization;
  if (to == DType::uint8) quantize(input, y[0].as<std::uint8_t>(), q);
  if (to == DType::int16) quantize(input, y[0].as<std::int16_t>(), q);
  if (to == DType::int32) quantize(input, y[0].as<std::int32_t>(), q);
}

KernelCall Quantize::lower(Types in, Types out) const {
  const PerTensor output = per_tensor(name, "output", out[0]);
  const std::int32_t count = device_int(name, in[0].shape().elements());
  if (in[0].dtype() == DType::float32 && to == DType::int8) {
    return make_kernel_call("mirim/micro/quantize.hpp", "quantize", "QuantizeParams", &micro::quantize,
                            {.count = count, .scale = output.scale, .zero_point = output.zero_point},
                            {kernel_input(0), kernel_output(0)});
  }
  require_int8(name, in, out, 0, 0);
  const PerTensor input = per_tensor(name, "input", in[0]);
  const double real = static_cast<double>(input.scale) / static_cast<double>(output.scale);
  const QuantizedMultiplier q = in_context(std::string(name), [&] { return quantize_multiplier(real); });
  KernelCall call = make_kernel_call("mirim/micro/quantize.hpp", "requantize", "RequantizeParams", &micro::requantize,
                                     {.count = count,
                                      .input_offset = -input.zero_point,
                                      .output_offset = output.zero_point,
                                      .multiplier = q.multiplier,
                                      .shift = q.shift},
                                     {kernel_input(0), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

int Quantize::tflite_version(Types, Types) const { return to == DType::int16 ? 2 : 1; }

void Quantize::options(Options& o) { o.field(kOutputType, "to", to, DType::int8); }

template <>
Op default_op<Quantize>() {
  return Quantize{};
}

}  // namespace mirim
