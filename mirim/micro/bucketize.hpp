// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

struct BucketizeParams {
  int32_t count;
  int32_t boundaries;
};

template <class V>
constexpr void fields(V&& v, const BucketizeParams& p) {
  v("count", p.count);
  v("boundaries", p.boundaries);
}

/// output[i] = how many of the boundaries, which ascend, are not above input[i]; all of them for NaN.
template <class T>
inline void bucketize(const BucketizeParams& p, const T* input, const float* boundaries, int32_t* output) {
  for (int32_t i = 0; i < p.count; ++i) {
    const auto x = static_cast<float>(input[i]);
    int32_t bucket = 0;
    while (bucket < p.boundaries && !(x < boundaries[bucket])) ++bucket;
    output[i] = bucket;
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
