// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct CopyParams {
  int32_t bytes;
};

template <class V>
constexpr void fields(V&& v, const CopyParams& p) {
  v("bytes", p.bytes);
}

/// output = input: RESHAPE, if the two do not share memory.
inline void copy(const CopyParams& p, const void* input, void* output) {
  const auto* from = static_cast<const uint8_t*>(input);
  auto* to = static_cast<uint8_t*>(output);
  for (int32_t i = 0; i < p.bytes; ++i) to[i] = from[i];
}

struct CopyPairParams {
  int32_t bytes;
  int32_t other_bytes;
};

template <class V>
constexpr void fields(V&& v, const CopyPairParams& p) {
  v("bytes", p.bytes);
  v("other_bytes", p.other_bytes);
}

/// output = input, other_output = other.
inline void copy_pair(const CopyPairParams& p, const void* input, const void* other, void* output, void* other_output) {
  copy({p.bytes}, input, output);
  copy({p.other_bytes}, other, other_output);
}

/// output = zeros.
inline void clear(const CopyParams& p, void* output) {
  auto* to = static_cast<uint8_t*>(output);
  for (int32_t i = 0; i < p.bytes; ++i) to[i] = 0;
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
