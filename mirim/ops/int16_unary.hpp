#pragma once

#include <string_view>

#include "mirim/graph/op.hpp"
#include "mirim/ops/quantization_math.hpp"

/// Kernel calls for int16 operators of one input, for which full tables would be too large, with the bits of TensorFlow
/// Lite's reference kernels.
namespace mirim {

/// clamp(x * positive), or x * negative below zero, where the factors go from the input's scale to the output's. Throws
/// Error unless input and output are int16.
KernelCall lower_two_slopes(std::string_view op, Types in, Types out, double positive, double negative,
                            IntegerRange range);

/// 1 / (1 + exp(-x)) and tanh(x), both from a table of the former. Throws Error unless input and output are int16 with
/// zero points 0 and the output's scale is 2^-15.
KernelCall lower_logistic_int16(std::string_view op, Types in, Types out);
KernelCall lower_tanh_int16(std::string_view op, Types in, Types out);

/// 1 / sqrt(x) in fixed point; the largest number for x <= 0. Throws Error unless input and output are int16.
KernelCall lower_rsqrt_int16(std::string_view op, Types in, Types out);

/// sqrt(x) in floats, rounded down; 0 below 0. Throws Error unless input and output are int16 with zero points 0.
KernelCall lower_sqrt_int16(std::string_view op, Types in, Types out);

/// Any f(x) by linear interpolation in a table of 513 entries. Throws Error unless input and output are int16 with zero
/// points 0.
KernelCall lower_table_int16(std::string_view op, Types in, Types out, float (*f)(float));

}  // namespace mirim
