// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/broadcast.hpp"
#include "mirim/micro/isa/short_rescale.hpp"
#include "mirim/micro/isa/word_products.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/unroll.hpp"

/// Products of two int8 in few instructions: MUL whose shift ShortRescale takes. Four pairs take 40.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Sizes and strides as in for_each_pair; both strides of the last axis are 1.
struct ProductPairParams {
  int32_t size[5];
  int32_t input1_stride[5];
  int32_t input2_stride[5];
  int32_t input1_offset;
  int32_t input2_offset;
  int32_t output_offset;
  int32_t multiplier;
  int32_t right;  ///< of ShortRescale
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const ProductPairParams& p) {
  v("size", p.size);
  v("input1_stride", p.input1_stride);
  v("input2_stride", p.input2_stride);
  v("input1_offset", p.input1_offset);
  v("input2_offset", p.input2_offset);
  v("output_offset", p.output_offset);
  v("multiplier", p.multiplier);
  v("right", p.right);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

template <bool kClamped>
inline void product_pair_row(const ProductPairParams& p, const int8_t* a, const int8_t* b, int8_t* output) {
  const uint32_t offset1 = both_halves(p.input1_offset), offset2 = both_halves(p.input2_offset);
  const auto rescale = ShortRescale::of(p.multiplier, p.right, p.output_offset);
  const auto result = [&p, rescale](int32_t product) {
    const int32_t y = rescale.result(2 * product);
    return static_cast<int8_t>(kClamped ? clamp(y, p.activation_min, p.activation_max) : y);
  };
  int32_t left = p.size[4];
  MIRIM_UNROLL(1)
  for (; left >= 4; left -= 4, a += 4, b += 4, output += 4) {
    const uint32_t x = load_word(a), y = load_word(b);
    const uint32_t x_even = even_bytes_plus(offset1, x), x_odd = odd_bytes_plus(offset1, x);
    const uint32_t y_even = even_bytes_plus(offset2, y), y_odd = odd_bytes_plus(offset2, y);
    output[0] = result(low_product(x_even, y_even));
    output[1] = result(low_product(x_odd, y_odd));
    output[2] = result(high_product(x_even, y_even));
    output[3] = result(high_product(x_odd, y_odd));
  }
  MIRIM_UNROLL(1)
  for (; left > 0; --left) *output++ = result((*a++ + p.input1_offset) * (*b++ + p.input2_offset));
}

/// output[d] = clamp(output_offset + requantize((input1[d] + input1_offset) * (input2[d] + input2_offset))). The output
/// may overwrite an input that is not repeated.
template <bool kClamped>
inline void product_pair(const ProductPairParams& p, const int8_t* input1, const int8_t* input2, int8_t* output) {
  for_each_row_pair(p, input1, input2, output,
                    [&p](const int8_t* a, const int8_t* b, int8_t* y) { product_pair_row<kClamped>(p, a, b, y); });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
