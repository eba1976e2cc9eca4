// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/add.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// output[d] = clamp(output_offset + requantize((input1[d] - input2[d])^2)), both inputs first rescaled to one scale.
/// left_shift is 7 for int8 and 0 for int16, so that the square fits 32 bits.
template <class T>
inline void squared_difference(const AddParams& p, const T* input1, const T* input2, T* output) {
  for_each_pair(p, input1, input2, output, [&p](T a, T b) {
    const int32_t difference = scaled_input1(p, a) - scaled_input2(p, b);
    return static_cast<T>(rescaled_sum(p, difference * difference));
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
