// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/paired_blocks.hpp"
#include "mirim/micro/simd32.hpp"

/// A vector of int8 as isa/paired_sums.hpp reads it.
namespace mirim {
namespace micro {
inline namespace v0 {

/// Of `count` numbers, rounded up to whole fours; a step is a word of them.
constexpr int32_t paired_vector_bytes(int32_t count) { return ((count + 3) & ~3) * 2; }

/// Of four numbers the even ones become a word, then the odd ones. Of those left the first two become a word, then the
/// third with 0, as paired_weight_at has their weights.
inline void widen_vector(const int8_t* from, int32_t count, uint32_t* to) {
  widen<1>(from, to, count / 4);
  const int32_t rest = count & 3;
  if (rest == 0) return;
  from += count - rest, to += (count - rest) / 2;
  uint32_t words[2] = {};
  MIRIM_UNROLL(1)
  for (int32_t i = 0; i < rest; ++i) words[i / 2] |= (static_cast<uint32_t>(from[i]) & 0xffff) << (16 * (i % 2));
  to[0] = words[0], to[1] = words[1];
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
