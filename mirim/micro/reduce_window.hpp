// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

constexpr int kReduceWindowAxes = 6;

/// Of each axis, outermost first; axes that are not used have sizes, strides and dilations of 1. Along the innermost
/// axes windows may have one element and stay where they are: then `run` neighbours have the same window.
struct ReduceWindowParams {
  int32_t input[kReduceWindowAxes];
  int32_t output[kReduceWindowAxes];
  int32_t window[kReduceWindowAxes];
  int32_t stride[kReduceWindowAxes];
  int32_t window_dilation[kReduceWindowAxes];
  int32_t base_dilation[kReduceWindowAxes];  ///< places from one element of the input to the next
  int32_t before[kReduceWindowAxes];         ///< padding; below 0 the input is cut
  int32_t run;
};

template <class V>
constexpr void fields(V&& v, const ReduceWindowParams& p) {
  v("input", p.input);
  v("output", p.output);
  v("window", p.window);
  v("stride", p.stride);
  v("window_dilation", p.window_dilation);
  v("base_dilation", p.base_dilation);
  v("before", p.before);
  v("run", p.run);
}

// Sums and products of integers wrap around.
struct ReduceWindowAdd {
  float operator()(float a, float b) const { return a + b; }
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<uint64_t>(a) + static_cast<uint64_t>(b));
  }
};
struct ReduceWindowMul {
  float operator()(float a, float b) const { return a * b; }
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(static_cast<uint64_t>(a) * static_cast<uint64_t>(b));
  }
};
struct ReduceWindowMinimum {
  template <class T>
  T operator()(T a, T b) const {
    return a <= b ? a : b;
  }
};
struct ReduceWindowMaximum {
  template <class T>
  T operator()(T a, T b) const {
    return a >= b ? a : b;
  }
};
struct ReduceWindowAll {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a != T(0) && b != T(0));
  }
};
struct ReduceWindowAny {
  template <class T>
  T operator()(T a, T b) const {
    return static_cast<T>(a != T(0) || b != T(0));
  }
};

struct ReduceWindowUpdate {
  template <class T>
  T operator()(T, T b) const {
    return b;
  }
};

/// Moves `at` to the next place of `size`, the last axis first; false after the last place.
inline bool next_place(const int32_t* size, int32_t* at) {
  for (int d = kReduceWindowAxes - 1; d >= 0; --d) {
    if (++at[d] < size[d]) return true;
    at[d] = 0;
  }
  return false;
}

/// The index of the run under tap `tap` of the window at `place`; -1 where there is none.
inline int32_t run_under(const ReduceWindowParams& p, const int32_t* place, const int32_t* tap) {
  int32_t index = 0;
  for (int32_t d = 0; d < kReduceWindowAxes; ++d) {
    int32_t at = place[d] * p.stride[d] + tap[d] * p.window_dilation[d] - p.before[d];
    if (at < 0) return -1;
    if (p.base_dilation[d] != 1) {
      if (at % p.base_dilation[d] != 0) return -1;
      at /= p.base_dilation[d];
    }
    if (at >= p.input[d]) return -1;
    index = index * p.input[d] + at;
  }
  return index;
}

/// output[place] = init . x . x ... over the window, in memory order; init too where there is no element.
template <class Body, class T>
inline void reduce_window(const ReduceWindowParams& p, const T* input, const T* init, T* output) {
  for (int32_t d = 0; d < kReduceWindowAxes; ++d) {
    if (p.output[d] == 0) return;
  }
  const Body body;
  int32_t place[kReduceWindowAxes] = {};
  do {
    for (int32_t i = 0; i < p.run; ++i) output[i] = *init;
    int32_t tap[kReduceWindowAxes] = {};
    do {
      const int32_t index = run_under(p, place, tap);
      if (index < 0) {
        for (int32_t i = 0; i < p.run; ++i) output[i] = body(output[i], *init);
      } else {
        const T* from = input + index * p.run;
        for (int32_t i = 0; i < p.run; ++i) output[i] = body(output[i], from[i]);
      }
    } while (next_place(p.window, tap));
    output += p.run;
  } while (next_place(p.output, place));
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
