// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/bounded.hpp"
#include "mirim/micro/float_math.hpp"
#include "mirim/micro/pool.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// The root of the mean of squares of each window; activation is {least, most}.
inline void l2_pool_2d(const Pool2dParams& p, const float* input, const float* activation, float* output) {
  for_each_pool_window(p, input, [&](const PoolWindow& window, const float* first) {
    float sum = 0;
    window.for_each(first, [&sum](float x) { sum += x * x; });
    *output++ = bounded(square_root(sum / static_cast<float>(window.rows * window.columns)), activation);
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
