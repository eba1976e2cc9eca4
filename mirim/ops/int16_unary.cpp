#include "mirim/ops/int16_unary.hpp"

#include "mirim/micro/leaky_relu.hpp"

namespace mirim {

KernelCall lower_two_slopes(std::string_view op, Types in, Types out, double positive, double negative,
                            IntegerRange range) {
  require_one_type(op, in, out, 0, 0, {DType::int16});
  const PerTensor input = per_tensor(op, "input", in[0]), output = per_tensor(op, "output", out[0]);
  const QuantizedMultiplier identity = quantize_multiplier(positive), slope = quantize_multiplier(negative);
  KernelCall call = make_kernel_call("mirim/micro/leaky_relu.hpp", "leaky_relu", "LeakyReluParams", &micro::leaky_relu,
                                     {.count = device_int(op, in[0].shape().elements()),
                                      .input_offset = -input.zero_point,
                                      .output_offset = output.zero_point,
                                      .identity_multiplier = identity.multiplier,
                                      .identity_shift = identity.shift,
                                      .slope_multiplier = slope.multiplier,
                                      .slope_shift = slope.shift,
                                      .output_min = range.min,
                                      .output_max = range.max},
                                     {kernel_input(0), kernel_output(0)});
  call.may_overwrite = {0};
  return call;
}

}  // namespace mirim
