// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

/// int16 logistic and tanh, with the bits of TensorFlow Lite's reference kernels: linear interpolation in a table of
/// 256 entries, of which entry i is about 2^16 / (1 + exp(-i / 24)). x is in units of 1 / (3 * 2^12): an input in Q3.12
/// times 3. Results are in Q0.15.
namespace mirim {
namespace micro {
inline namespace v0 {

constexpr int16_t logistic_int16(int32_t x, const uint16_t* table) {
  const auto magnitude = x < 0 ? 0U - static_cast<uint32_t>(x) : static_cast<uint32_t>(x);
  const uint32_t entry = magnitude >> 9;
  uint32_t result = UINT32_C(0x7fff) << 10;  // Q25
  if (entry < 255) {
    const uint32_t low = table[entry];
    result = (low << 9) + (magnitude & 511U) * (table[entry + 1] - low);
  }
  constexpr uint32_t kHalf = 1U << 9;
  return static_cast<int16_t>((x >= 0 ? result + kHalf : (1U << 25) - result + kHalf - 1U) >> 10);
}

constexpr int16_t tanh_int16(int32_t x, const uint16_t* table) {
  const auto magnitude = x < 0 ? 0U - static_cast<uint32_t>(x) : static_cast<uint32_t>(x);
  const uint32_t entry = magnitude >> 8;
  uint32_t sigmoid = UINT32_C(0xffff) << 8;  // of 2x, Q24
  if (entry < 255) {
    const uint32_t low = table[entry];
    sigmoid = (low << 8) + (magnitude & 255U) * (table[entry + 1] - low);
  }
  constexpr int32_t kHalf = 1 << 7;
  const int32_t distance = static_cast<int32_t>(sigmoid) - (1 << 23);  // from sigmoid(0)
  return static_cast<int16_t>((x >= 0 ? distance + kHalf : kHalf - 1 - distance) >> 8);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
