// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/fft.hpp"
#include "mirim/micro/requantize.hpp"

namespace mirim {
namespace micro {
inline namespace v0 {

/// input [slices, input_height, input_width], output [slices, height, width / 2 + 1] of pairs of real and imaginary
/// part. height and width are powers of two, length the larger one.
struct Rfft2dParams {
  int32_t slices;
  int32_t input_height;
  int32_t input_width;
  int32_t height;
  int32_t width;
  int32_t length;
};

template <class V>
constexpr void fields(V&& v, const Rfft2dParams& p) {
  v("slices", p.slices);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("height", p.height);
  v("width", p.width);
  v("length", p.length);
}

/// The transform of each slice, cut or padded with zeros to [height, width]. First the real rows, then the columns,
/// all in the output. twiddles: see fft.hpp, for `length`.
inline void rfft2d(const Rfft2dParams& p, const float* input, const float* twiddles, float* output) {
  const int32_t bins = p.width / 2 + 1;
  const int32_t columns = min(p.input_width, p.width);
  for (int32_t slice = 0; slice < p.slices; ++slice) {
    for (int32_t i = 0; i < p.height; ++i) {
      float* row = output + (slice * p.height + i) * bins * 2;
      const float* from = input + (slice * p.input_height + i) * p.input_width;
      const int32_t given = i < p.input_height ? columns : 0;
      for (int32_t j = 0; j < given; ++j) row[j] = from[j];
      for (int32_t j = given; j < 2 * bins; ++j) row[j] = 0;
      real_fft(row, p.width, twiddles, p.length);
    }
    float* first = output + slice * p.height * bins * 2;
    for (int32_t j = 0; j < bins; ++j) complex_fft(first + 2 * j, p.height, bins, twiddles, p.length);
  }
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
