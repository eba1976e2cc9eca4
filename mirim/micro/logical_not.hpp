// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct LogicalNotParams {
  int32_t count;
};

template <class V>
constexpr void fields(V&& v, const LogicalNotParams& p) {
  v("count", p.count);
}

/// output[i] = not input[i].
inline void logical_not(const LogicalNotParams& p, const bool* input, bool* output) {
  for (int32_t i = 0; i < p.count; ++i) output[i] = !input[i];
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
