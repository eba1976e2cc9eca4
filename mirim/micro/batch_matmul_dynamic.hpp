// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/batch_matmul.hpp"
#include "mirim/micro/dynamic_quantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// As BatchMatMulParams; scale_stride is 1 if each column of input 2 has a scale, 0 if all have one.
struct BatchMatMulDynamicParams {
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
  int32_t scale_stride;
};

template <class V>
constexpr void fields(V&& v, const BatchMatMulDynamicParams& p) {
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
  v("scale_stride", p.scale_stride);
}

/// batch_matmul_float with an int8 second input: each row of the first is quantized, with a zero point if `asymmetric`.
/// `scratch` has room for a row of floats, then of int8.
template <bool asymmetric>
inline void batch_matmul_dynamic(const BatchMatMulDynamicParams& p, const float* input1, const int8_t* input2,
                                 const float* column_scale, float* scratch, float* output) {
  auto* const quantized = reinterpret_cast<int8_t*>(scratch + p.depth);
  DynamicScale in = {1.0F, 0};
  int32_t c = 0;
  for_each_product(p, input1, input2, [&](const float* row, const int8_t* column) {
    if (c == 0) {
      for (int32_t d = 0; d < p.depth; ++d) scratch[d] = row[d * p.input1_depth_stride];
      in = asymmetric ? quantize_asymmetric(scratch, p.depth, quantized)
                      : quantize_symmetric(scratch, p.depth, quantized);
    }
    int32_t sum = 0;
    for (int32_t d = 0; d < p.depth; ++d) sum += (quantized[d] - in.zero_point) * column[d * p.input2_depth_stride];
    *output++ = static_cast<float>(sum) * (column_scale[c * p.scale_stride] * in.scale);
    c = c + 1 == p.columns ? 0 : c + 1;
  });
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
