// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// output [batch[0], batch[1], batch[2], rows, columns]. The element of an input for row r (or column c), depth d and
/// batches b is at sum(b[k] * batch_stride[k]) + r * row_stride + d * depth_stride. A batch stride of 0 repeats the
/// input.
struct BatchMatMulParams {
  int32_t batch[3];
  int32_t rows;
  int32_t columns;
  int32_t depth;
  int32_t input1_batch_stride[3];
  int32_t input1_row_stride;
  int32_t input1_depth_stride;
  int32_t input2_batch_stride[3];
  int32_t input2_column_stride;
  int32_t input2_depth_stride;
  int32_t input1_offset;  ///< minus the input's zero point; from here on for integers only
  int32_t input2_offset;
  int32_t output_offset;  ///< the output's zero point
  int32_t output_multiplier;
  int32_t output_shift;
};

template <class V>
constexpr void fields(V&& v, const BatchMatMulParams& p) {
  v("batch", p.batch);
  v("rows", p.rows);
  v("columns", p.columns);
  v("depth", p.depth);
  v("input1_batch_stride", p.input1_batch_stride);
  v("input1_row_stride", p.input1_row_stride);
  v("input1_depth_stride", p.input1_depth_stride);
  v("input2_batch_stride", p.input2_batch_stride);
  v("input2_column_stride", p.input2_column_stride);
  v("input2_depth_stride", p.input2_depth_stride);
  v("input1_offset", p.input1_offset);
  v("input2_offset", p.input2_offset);
  v("output_offset", p.output_offset);
  v("output_multiplier", p.output_multiplier);
  v("output_shift", p.output_shift);
}

/// Calls f(row, column), with pointers to the first element of the depth, for every output element in order.
template <class Params, class A, class B, class F>
inline void for_each_product(const Params& p, const A* input1, const B* input2, F f) {
  for (int32_t b0 = 0; b0 < p.batch[0]; ++b0) {
    for (int32_t b1 = 0; b1 < p.batch[1]; ++b1) {
      for (int32_t b2 = 0; b2 < p.batch[2]; ++b2) {
        const A* row =
            input1 + b0 * p.input1_batch_stride[0] + b1 * p.input1_batch_stride[1] + b2 * p.input1_batch_stride[2];
        const B* matrix =
            input2 + b0 * p.input2_batch_stride[0] + b1 * p.input2_batch_stride[1] + b2 * p.input2_batch_stride[2];
        for (int32_t r = 0; r < p.rows; ++r, row += p.input1_row_stride) {
          for (int32_t c = 0; c < p.columns; ++c) f(row, matrix + c * p.input2_column_stride);
        }
      }
    }
  }
}

/// output[b, r, c] = sum over d of input1[b, r, d] * input2[b, d, c].
inline void batch_matmul_float(const BatchMatMulParams& p, const float* input1, const float* input2, float* output) {
  for_each_product(p, input1, input2, [&](const float* row, const float* column) {
    float sum = 0;
    for (int32_t d = 0; d < p.depth; ++d) sum += row[d * p.input1_depth_stride] * column[d * p.input2_depth_stride];
    *output++ = sum;
  });
}

/// output[b, r, c] = clamp(output_offset + requantize(sum over d of (input1[b, r, d] + input1_offset) *
/// (input2[b, d, c] + input2_offset))), int8 or int16 (T).
template <class T>
inline void batch_matmul(const BatchMatMulParams& p, const T* input1, const T* input2, T* output) {
  using Sum = typename SumOf<T>::Type;
  constexpr int32_t kMost = sizeof(T) == 1 ? 127 : 32767;
  for_each_product(p, input1, input2, [&](const T* row, const T* column) {
    Sum sum = 0;
    for (int32_t d = 0; d < p.depth; ++d) {
      const int32_t a = row[d * p.input1_depth_stride] + p.input1_offset;
      const int32_t b = column[d * p.input2_depth_stride] + p.input2_offset;
      sum += a * b;
    }
    const Sum* const width = nullptr;
    const int32_t scaled = requantized_sum(width, sum, p.output_multiplier, p.output_shift);
    *output++ = static_cast<T>(clamp(p.output_offset + scaled, -kMost - 1, kMost));
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
