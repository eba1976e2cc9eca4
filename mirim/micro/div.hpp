// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"
#include "mirim/micro/fixed_point.hpp"
#include "mirim/micro/mul.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// The quotient a / b of two steps, b > 0, in steps of the output: a times the reciprocal of b, whose mantissa is
/// computed in fixed point. `a` is first shifted to the left as far as possible.
inline int32_t scaled_quotient(const MulParams& p, int32_t a, int32_t b) {
  const int zeros = leading_zeros(static_cast<uint32_t>(b));
  const auto fraction = static_cast<int32_t>((static_cast<uint32_t>(b) << zeros) - (UINT32_C(1) << 31));
  const int32_t reciprocal = one_over_one_plus(fraction);  // of b / 2^(31 - zeros)
  const auto bits = static_cast<uint32_t>(a < 0 ? ~a : a);
  const int headroom = leading_zeros(bits) - 1;
  const int32_t quotient = saturating_rounding_doubling_high_mul(shift_left(a, headroom), reciprocal);
  const int32_t shift = p.output_shift - (31 - zeros) - headroom;
  if (shift >= -31) return multiply_by_quantized_multiplier(quotient, p.output_multiplier, min(shift, 30));
  // tflite-micro shifts further than an int32 is wide, which C++ leaves undefined. Its package, the judge of our bits,
  // takes the lowest five bits of the shift and rounds up non-negative numbers.
  const int32_t product = saturating_rounding_doubling_high_mul(quotient, p.output_multiplier);
  const uint32_t up = product < 0 ? 0 : 1;
  return static_cast<int32_t>(static_cast<uint32_t>(product >> (-shift & 31)) + up);
}

/// output[d] = clamp(output_offset + requantize((input1[d] + input1_offset) / (input2[d] + input2_offset))), int8 or
/// uint8 (T). A quotient by 0, which has no right answer, is 0.
template <class T>
inline void div(const MulParams& p, const T* input1, const T* input2, T* output) {
  for_each_pair(p, input1, input2, output, [&p](T a, T b) {
    const int32_t numerator = a + p.input1_offset, denominator = b + p.input2_offset;
    const int32_t sign = denominator < 0 ? -1 : 1;
    const int32_t scaled = denominator == 0 ? 0 : scaled_quotient(p, sign * numerator, sign * denominator);
    // A quotient far beyond the type's range may wrap around here, as tflite-micro's does.
    const uint32_t sum = static_cast<uint32_t>(p.output_offset) + static_cast<uint32_t>(scaled);
    return static_cast<T>(clamp(static_cast<int32_t>(sum), p.activation_min, p.activation_max));
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
