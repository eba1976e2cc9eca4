// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct LookupTableParams {
  int32_t count;
};

template <class V>
constexpr void fields(V&& v, const LookupTableParams& p) {
  v("count", p.count);
}

/// output[i] = table[input[i] as uint8]: any function of one int8 or uint8. For int8 the table has the values for 0 to
/// 127 first, then for -128 to -1.
template <class T>
inline void lookup_table(const LookupTableParams& p, const T* input, const T* table, T* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = table[static_cast<uint8_t>(input[i])];
}

/// Linear interpolation between the table's 513 entries: table[0] at the smallest int16, table[512] at the largest.
inline void interpolated_table(const LookupTableParams& p, const int16_t* input, const int16_t* table,
                               int16_t* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const int16_t* entry = table + 256 + (input[i] >> 7);
    const int32_t slope = entry[1] - entry[0];
    output[i] = static_cast<int16_t>(entry[0] + ((slope * (input[i] & 127) + 64) >> 7));
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
