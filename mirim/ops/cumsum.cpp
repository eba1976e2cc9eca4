#include "mirim/ops/cumsum.hpp"

#include <algorithm>
#include <limits>

#include "mirim/base/error.hpp"
#include "mirim/micro/cumsum.hpp"
#include "mirim/ops/all.hpp"
#include "mirim/ops/operands.hpp"
#include "mirim/ops/quantization_math.hpp"

namespace mirim {
namespace {

int axis_of(Types in) {
  const auto values = require_constant_indices(Cumsum::name, in, 1);
  if (values.size() != 1) fail("{}: {}, expected one axis", Cumsum::name, describe_input(in, 1));
  return in_context(std::string(Cumsum::name), [&] { return normalize_axis(values[0], in[0].shape().rank()); });
}

micro::CumsumParams params_of(const Cumsum& op, Types in) {
  const Shape& x = in[0].shape();
  const int axis = axis_of(in);
  device_int(op.name, in[0].type->bytes());
  std::int64_t outer = 1, inner = 1;
  for (int d = 0; d < axis; ++d) outer *= x[d];
  for (int d = axis + 1; d < x.rank(); ++d) inner *= x[d];
  micro::CumsumParams params{};
  params.outer = device_int(op.name, outer);
  params.length = device_int(op.name, x[axis]);
  params.inner = device_int(op.name, inner);
  params.exclusive = op.exclusive ? 1 : 0;
  params.reverse = op.reverse ? 1 : 0;
  return params;
}

}  // namespace

std::vector<TensorType> Cumsum::infer(Types in) const {
  require_inputs(name, in, 2);
  require_dtype(name, in, 0, {DType::float32, DType::int8, DType::int32, DType::int64});
  axis_of(in);
  return {*in[0].type};
}

Cost Cumsum::cost(Types in) const { return {.operations = in[0].shape().elements()}; }

void Cumsum::forward(Inputs x, Outputs y) const { forward_lowered(*this, x, y); }

// Each x is in all later sums, so dx is the running sum of dy from the other end.
void Cumsum::backward(Inputs x, Inputs, Inputs dy, Outputs dx, TrainingState) const {
  if (!dx.has(0)) return;
  const Cumsum back{.exclusive = exclusive, .reverse = !reverse};
  micro::cumsum(params_of(back, Types(operands_of(x))), dy[0].as<float>().data(), dx[0].as<float>().data());
}

KernelCall Cumsum::lower(Types in, Types out) const {
  micro::CumsumParams params = params_of(*this, in);
  const auto call_of = [&](const std::string& function, auto kernel) {
    KernelCall call = make_kernel_call("mirim/micro/cumsum.hpp", function, "CumsumParams", kernel, params,
                                       {kernel_input(0), kernel_output(0)});
    call.may_overwrite = {0};
    return call;
  };
  if (in[0].dtype() == DType::float32) return call_of("cumsum", &micro::cumsum<float>);
  if (in[0].dtype() == DType::int32) return call_of("cumsum", &micro::cumsum<std::int32_t>);
  if (in[0].dtype() == DType::int64) return call_of("cumsum", &micro::cumsum<std::int64_t>);

  require_int8(name, in, out, 0, 0);
  const PerTensor input = per_tensor(name, "input", in[0]), output = per_tensor(name, "output", out[0]);
  // The sums have 19 fractional bits, the same as tflite-micro's 20 at twice the input's scale.
  const std::int64_t largest = std::max(127 - input.zero_point, input.zero_point + 128);
  if ((std::int64_t{params.length} + 1) * largest > std::numeric_limits<std::int32_t>::max() >> 19) {
    fail("{}: the sum of {} elements of int8 can overflow 32 bits", name, params.length);
  }
  const double real = 2 * static_cast<double>(input.scale) / ((1 << 20) * static_cast<double>(output.scale));
  const QuantizedMultiplier q = in_context(std::string(name), [&] { return quantize_multiplier(real); });
  if (q.shift > 0) fail("{}: the scales of input and output lie too far apart ({})", name, real);
  params.input_offset = -input.zero_point;
  params.output_multiplier = q.multiplier;
  params.output_shift = q.shift;
  params.output_offset = output.zero_point;
  return call_of("cumsum_int8", &micro::cumsum_int8);
}

void Cumsum::options(Options& o) {
  o.field(0, "exclusive", exclusive, false);
  o.field(1, "reverse", reverse, false);
}

template <>
Op default_op<Cumsum>() {
  return Cumsum{};
}

}  // namespace mirim
