// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/simd32.hpp"

/// Saturation to 16 and 8 bits.
namespace mirim {
namespace micro {
inline namespace v0 {

#ifdef MIRIM_SIMD32

/// x saturated to int16, to uint16 and to int8.
inline int32_t saturated_to_int16(int32_t x) {
  int32_t y;
  __asm__("ssat %0, #16, %1" : "=r"(y) : "r"(x) : "cc");
  return y;
}
inline uint32_t saturated_to_uint16(int32_t x) {
  uint32_t y;
  __asm__("usat %0, #16, %1" : "=r"(y) : "r"(x) : "cc");
  return y;
}
inline int32_t saturated_to_int8(int32_t x) {
  int32_t y;
  __asm__("ssat %0, #8, %1" : "=r"(y) : "r"(x) : "cc");
  return y;
}

#else

constexpr int32_t saturated_between(int32_t x, int32_t low, int32_t high) {
  return x < low ? low : x > high ? high : x;
}
constexpr int32_t saturated_to_int16(int32_t x) { return saturated_between(x, -32768, 32767); }
constexpr uint32_t saturated_to_uint16(int32_t x) { return static_cast<uint32_t>(saturated_between(x, 0, 65535)); }
constexpr int32_t saturated_to_int8(int32_t x) { return saturated_between(x, -128, 127); }

#endif

}  // namespace v0
}  // namespace micro
}  // namespace mirim
