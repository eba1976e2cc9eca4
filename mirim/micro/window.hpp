// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// Taps [begin, end) of a window.
struct TapRange {
  int32_t begin;
  int32_t end;
};

/// The taps k of a window of `taps` taps for which origin + k * dilation is in [0, size). Taps outside are padding and
/// add nothing.
constexpr TapRange taps_inside(int32_t origin, int32_t taps, int32_t dilation, int32_t size) {
  const int32_t begin = origin < 0 ? (-origin + dilation - 1) / dilation : 0;
  const int32_t end = origin < size ? (size - origin + dilation - 1) / dilation : 0;
  return {min(begin, taps), min(end, taps)};
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
