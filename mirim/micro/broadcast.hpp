// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim {
namespace micro {
inline namespace v0 {

/// f(a, b, y) for each row of the last of the five dimensions Params::size (leading ones for a smaller rank), in the
/// output's order: `y` has size[4] elements of it, `a` and `b` point to those of the inputs. An input's element for
/// output index d is at sum(d[k] * stride[k]): a stride of 0 repeats it along that axis.
template <class Params, class A, class B, class Result, class F>
inline void for_each_row_pair(const Params& p, const A* input1, const B* input2, Result* output, F f) {
  for (int32_t d0 = 0; d0 < p.size[0]; ++d0) {
    for (int32_t d1 = 0; d1 < p.size[1]; ++d1) {
      for (int32_t d2 = 0; d2 < p.size[2]; ++d2) {
        for (int32_t d3 = 0; d3 < p.size[3]; ++d3, output += p.size[4]) {
          const A* a = input1 + d0 * p.input1_stride[0] + d1 * p.input1_stride[1] + d2 * p.input1_stride[2] +
                       d3 * p.input1_stride[3];
          const B* b = input2 + d0 * p.input2_stride[0] + d1 * p.input2_stride[1] + d2 * p.input2_stride[2] +
                       d3 * p.input2_stride[3];
          f(a, b, output);
        }
      }
    }
  }
}

/// output[d] = f(input1[d], input2[d]). The output may overwrite an input that is not repeated.
template <class Params, class A, class B, class Result, class F>
inline void for_each_pair(const Params& p, const A* input1, const B* input2, Result* output, F f) {
  for_each_row_pair(p, input1, input2, output, [&p, f](const A* a, const B* b, Result* y) {
    for (int32_t d4 = 0; d4 < p.size[4]; ++d4) {
      y[d4] = f(a[d4 * p.input1_stride[4]], b[d4 * p.input2_stride[4]]);
    }
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
