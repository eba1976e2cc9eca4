#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "mirim/graph/op.hpp"
#include "mirim/ops/quantization_math.hpp"

/// Shared by convolutions and fully connected layers: their types, and the conversion of scales to their kernels'
/// integers. The operands are x, weights and an optional bias, in this order.
namespace mirim {

/// Throws Unsupported unless x, weights and bias are one of
///   float32 float32 float32
///   float32 int8    float32   (a dynamic-range file's)
///   int8    int8    int32
///   int16   int8    int64     (or an int32 bias)
///   uint8   uint8   int32
/// where int8 weights may also be int4 or int2; those of FULLY_CONNECTED with int16 activations may be int16.
void require_weighted_dtypes(std::string_view op, Types in);

/// What their kernels need besides geometry.
struct WeightedParameters {
  PerTensor input;
  PerTensor output;
  std::int32_t weights_offset = 0;  ///< minus the zero point of uint8 weights, or of int8 ones of FULLY_CONNECTED
  IntegerRange range;
  std::int32_t multiplier_stride = 0;     ///< 1: `constants` have an entry for each channel; 0: one for all
  std::vector<KernelConstant> constants;  ///< multiplier and shift: input scale * weights scale / output scale
};

/// `channel_axis` is the weights' axis of output channels. Throws Error for weights that are not symmetric, or per
/// channel along another axis, and if a sum could leave its bits. Only FULLY_CONNECTED takes int8 weights with a zero
/// point.
WeightedParameters weighted_parameters(std::string_view op, Types in, Types out, int channel_axis,
                                       Activation activation);

/// Sets a kernel's integer parameters from `w`.
template <class Params>
void set_integers(Params& params, const WeightedParameters& w) {
  params.input_offset = -w.input.zero_point;
  if constexpr (requires { params.weights_offset; }) params.weights_offset = w.weights_offset;
  params.output_offset = w.output.zero_point;
  params.multiplier_stride = w.multiplier_stride;
  params.activation_min = w.range.min;
  params.activation_max = w.range.max;
}

/// The arguments of an integer kernel after its parameters; constants 0 and 1 are `WeightedParameters::constants`.
std::vector<KernelArgument> integer_arguments();

/// Throws Error if x, weights or output have more bytes than a device can count.
void require_device_sizes(std::string_view op, Types in, Types out);

/// The arguments of a float kernel after its parameters; constant 0 is `activation_bounds`.
std::vector<KernelArgument> float_arguments();

/// Whether x is float32 and the weights are integers: x is quantized at run time, with a scale computed from it.
bool is_dynamic(Types in);

/// What their kernels then need: the constants `weights_scale` and `activation` ({least, most}).
struct DynamicParameters {
  std::int32_t multiplier_stride = 0;  ///< 1: a scale for each channel; 0: one for all
  std::vector<KernelConstant> constants;
};
DynamicParameters dynamic_parameters(std::string_view op, Types in, int channel_axis, Activation activation);

/// The arguments of such a kernel after its parameters.
std::vector<KernelArgument> dynamic_arguments();

/// f(Activation{}, Weights{}, Bias{}) with the C++ types of the operands, to pick the instance of a kernel. int16
/// without a bias uses the sums of an int64 bias.
template <class F>
KernelCall with_weighted_types(Types in, F f) {
  switch (in[0].dtype()) {
    case DType::uint8:
      return f(std::uint8_t{}, std::uint8_t{}, std::int32_t{});
    case DType::int16:
      if (in.has(2) && in[2].dtype() == DType::int32) return f(std::int16_t{}, std::int8_t{}, std::int32_t{});
      return f(std::int16_t{}, std::int8_t{}, std::int64_t{});
    default:  // weighted_parameters has refused all others
      return f(std::int8_t{}, std::int8_t{}, std::int32_t{});
  }
}

}  // namespace mirim
