// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

namespace mirim {
namespace micro {
inline namespace v0 {

/// x clamped to an activation's {least, most}.
inline float bounded(float x, const float* activation) {
  return x < activation[0] ? activation[0] : x > activation[1] ? activation[1] : x;
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
