// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/reduce_window.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

constexpr int kScatterAxes = 6;

/// Axes of the updates and of the output, outermost first. An axis of the updates walks along the positions, or along
/// an axis of the output.
struct ScatterParams {
  int32_t elements;    ///< of the output
  int32_t updates;     ///< elements
  int32_t components;  ///< of a position
  int32_t component_step;
  int32_t component_axis[kScatterAxes];  ///< the output's axis
  int32_t update_size[kScatterAxes];
  int32_t update_step[kScatterAxes];  ///< among the positions; 0 along an axis of the output
  int32_t update_axis[kScatterAxes];  ///< the output's; -1 along the positions
  int32_t size[kScatterAxes];         ///< of the output
  int32_t stride[kScatterAxes];
};

template <class V>
constexpr void fields(V&& v, const ScatterParams& p) {
  v("elements", p.elements);
  v("updates", p.updates);
  v("components", p.components);
  v("component_step", p.component_step);
  v("component_axis", p.component_axis);
  v("update_size", p.update_size);
  v("update_step", p.update_step);
  v("update_axis", p.update_axis);
  v("size", p.size);
  v("stride", p.stride);
}

/// Where the update at place `at` goes in the output; -1 if that is outside.
template <class Index>
inline int32_t scatter_target(const ScatterParams& p, const int32_t* at, const Index* positions) {
  int64_t place[kScatterAxes] = {};
  int32_t first = 0;
  for (int d = 0; d < kScatterAxes; ++d) {
    first += at[d] * p.update_step[d];
    if (p.update_axis[d] >= 0) place[p.update_axis[d]] = at[d];
  }
  for (int32_t k = 0; k < p.components; ++k) {
    const auto position = static_cast<int64_t>(positions[first + k * p.component_step]);
    // The axis is shorter than 2^31: a position beyond is outside, however far into the update.
    if (position < -INT32_MAX || position > INT32_MAX) return -1;
    place[p.component_axis[k]] += position;
  }
  int32_t target = 0;
  for (int d = 0; d < kScatterAxes; ++d) {
    if (place[d] < 0 || place[d] >= p.size[d]) return -1;
    target += static_cast<int32_t>(place[d]) * p.stride[d];
  }
  return target;
}

/// output = input, then output[target] = body(output[target], update) for each element of the updates in its order;
/// Body is one of reduce_window.hpp's. An update outside is left out. input may be output.
template <class Body, class T, class Index>
inline void scatter(const ScatterParams& p, const T* input, const Index* positions, const T* updates, T* output) {
  if (output != input) {
    for (int32_t i = 0; i < p.elements; ++i) output[i] = input[i];
  }
  int32_t at[kScatterAxes] = {};
  for (int32_t i = 0; i < p.updates; ++i) {
    const int32_t target = scatter_target(p, at, positions);
    if (target >= 0) output[target] = Body()(output[target], updates[i]);
    for (int d = kScatterAxes - 1; d >= 0; --d) {
      if (++at[d] < p.update_size[d]) break;
      at[d] = 0;
    }
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
