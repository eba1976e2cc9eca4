// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

namespace mirim::micro {
inline namespace v0 {

/// input [batches, input_height, input_width, channels], output [batches, output_height, output_width, channels].
struct Pool2dParams {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t output_height;
  int32_t output_width;
  int32_t stride_height;
  int32_t stride_width;
  int32_t padding_top;
  int32_t padding_left;
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const Pool2dParams& p) {
  v("batches", p.batches);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("channels", p.channels);
  v("filter_height", p.filter_height);
  v("filter_width", p.filter_width);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("stride_height", p.stride_height);
  v("stride_width", p.stride_width);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

}  // namespace v0
}  // namespace mirim::micro
