// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

/// int16 LOGISTIC and TANH, both from one table of the logistic function: table[i] is 2^16 * logistic(i / 24), slightly
/// raised where linear interpolation then fits better. The output's scale is 2^-15.
namespace mirim {
namespace micro {
inline namespace v0 {

struct SigmoidTableParams {
  int32_t count;
  int32_t multiplier;  ///< input * multiplier / 2^shift is 3 * 2^12 times the real number
  int32_t shift;
};

template <class V>
constexpr void fields(V&& v, const SigmoidTableParams& p) {
  v("count", p.count);
  v("multiplier", p.multiplier);
  v("shift", p.shift);
}

/// An input in units of 1 / (3 * 2^12), rounded.
constexpr int32_t sigmoid_position(const SigmoidTableParams& p, int16_t x) {
  return (x * p.multiplier + (p.shift > 0 ? INT32_C(1) << (p.shift - 1) : 0)) >> p.shift;
}

/// Interpolates the table at magnitude / 2^bits, with `bits` more bits than its entries; `beyond` after its end.
inline int32_t sigmoid_between(const uint16_t* table, uint32_t magnitude, int bits, int32_t beyond) {
  const uint32_t i = magnitude >> bits;
  if (i >= 255) return beyond;
  const uint32_t rest = magnitude & ((UINT32_C(1) << bits) - 1);
  return static_cast<int32_t>((static_cast<uint32_t>(table[i]) << bits) +
                              rest * (static_cast<uint32_t>(table[i + 1]) - table[i]));
}

/// output[i] = round(2^15 / (1 + exp(-x))) with x the real number of input[i].
inline void logistic_int16(const SigmoidTableParams& p, const int16_t* input, const uint16_t* table, int16_t* output) {
  constexpr int kBits = 9;  // 3 * 2^12 / 24
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = sigmoid_position(p, input[i]);
    const int32_t y = sigmoid_between(table, static_cast<uint32_t>(x < 0 ? -x : x), kBits, 0x7fff << (kBits + 1));
    const int32_t half = 1 << kBits;
    output[i] = static_cast<int16_t>((x >= 0 ? y + half : (1 << (16 + kBits)) - y + half - 1) >> (kBits + 1));
  }
}

/// output[i] = round(2^15 * tanh(x)), where tanh(x) = 2 * logistic(2 * x) - 1.
inline void tanh_int16(const SigmoidTableParams& p, const int16_t* input, const uint16_t* table, int16_t* output) {
  constexpr int kBits = 8;  // 3 * 2^12 / 24 / 2
  for (int32_t i = 0; i < p.count; ++i) {
    const int32_t x = sigmoid_position(p, input[i]);
    const int32_t y = sigmoid_between(table, static_cast<uint32_t>(x < 0 ? -x : x), kBits, 0xffff << kBits);
    const int32_t one = 1 << (15 + kBits), half = 1 << (kBits - 1);
    output[i] = static_cast<int16_t>((x >= 0 ? y - one + half : one - y + half - 1) >> kBits);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
