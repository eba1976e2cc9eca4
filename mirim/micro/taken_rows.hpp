// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/four_rows.hpp"
#include "mirim/micro/isa/byte_words.hpp"
#include "mirim/micro/pool.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"

/// Layers of one int8 image whose result is a sum, or a maximum, over all of its rows: they take the rows as they come,
/// some at each call, in order. What was taken is kept in `state`; its first word counts the calls and must be 0 before
/// the first one. The last call writes the output, and sets the count back to 0. The results are those of
/// average_pool_2d, max_pool_2d, mean, reduce_max and fully_connected, bit for bit.
///
/// Limits on an Armv7E-M: a mean 1 instruction an element (a load of four bytes and two SXTAB16 into four sums of 16
/// bits), a fully connected layer 1.6 a product (add_fours).
namespace mirim {
namespace micro {
inline namespace v0 {

/// Counts a call of `calls`; says whether it is the last.
inline bool is_last_call(int32_t* state, int32_t calls) {
  const bool last = ++*state == calls;
  if (last) *state = 0;
  return last;
}

/// sums[c] += the elements of channel c of `pixels`; sums begin as 0 if `first`.
inline void add_pixels(int32_t* sums, const int8_t* rows, int32_t pixels, int32_t channels, bool first) {
  for (int32_t c = 0; first && c < channels; ++c) sums[c] = 0;
  for (; pixels > 0; pixels -= kMostInLanes, rows += kMostInLanes * channels) {
    const int32_t count = min(pixels, kMostInLanes);
    int32_t c = 0;
    for (; c + 4 <= channels; c += 4) {
      ByteSums four = {};
      const int8_t* x = rows + c;
      MIRIM_UNROLL(4)
      for (int32_t i = 0; i < count; ++i, x += channels) four.add(load_word(x));
      for (int k = 0; k < 4; ++k) sums[c + k] += four.of(k);
    }
    MIRIM_UNROLL(1)
    for (; c < channels; ++c) {
      for (int32_t i = 0; i < count; ++i) sums[c] += rows[i * channels + c];
    }
  }
}

struct AverageOfRowsParams {
  int32_t calls;
  int32_t pixels;  ///< of a call
  int32_t channels;
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const AverageOfRowsParams& p) {
  v("calls", p.calls);
  v("pixels", p.pixels);
  v("channels", p.channels);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// output[c] = clamp(mean of channel c, ties away from zero). rows [pixels, channels], state [1 + channels].
inline void average_of_rows(const AverageOfRowsParams& p, const int8_t* rows, int32_t* state, int8_t* output) {
  int32_t* const sums = state + 1;
  add_pixels(sums, rows, p.pixels, p.channels, *state == 0);
  if (!is_last_call(state, p.calls)) return;
  const int32_t count = p.calls * p.pixels;
  for (int32_t c = 0; c < p.channels; ++c) {
    const int32_t mean = rounded_mean(sums[c], count);
    output[c] = static_cast<int8_t>(clamp(mean, p.activation_min, p.activation_max));
  }
}

struct MeanOfRowsParams {
  int32_t calls;
  int32_t pixels;  ///< of a call
  int32_t channels;
  int32_t input_zero_points;  ///< as in MeanParams, of all pixels
  int32_t output_offset;
  int32_t multiplier;
  int32_t shift;
};

template <class V>
constexpr void fields(V&& v, const MeanOfRowsParams& p) {
  v("calls", p.calls);
  v("pixels", p.pixels);
  v("channels", p.channels);
  v("input_zero_points", p.input_zero_points);
  v("output_offset", p.output_offset);
  v("multiplier", p.multiplier);
  v("shift", p.shift);
}

/// output[c] = saturate(output_offset + requantize(sum of channel c - input_zero_points)). rows [pixels, channels],
/// state [1 + channels].
inline void mean_of_rows(const MeanOfRowsParams& p, const int8_t* rows, int32_t* state, int8_t* output) {
  int32_t* const sums = state + 1;
  add_pixels(sums, rows, p.pixels, p.channels, *state == 0);
  if (!is_last_call(state, p.calls)) return;
  for (int32_t c = 0; c < p.channels; ++c) {
    const int32_t scaled = rescaled(sums[c] - p.input_zero_points, p.multiplier, p.shift);
    output[c] = static_cast<int8_t>(clamp(p.output_offset + scaled, -128, 127));
  }
}

/// output[c] = clamp(largest element of channel c). rows [pixels, channels], state [1]; the output is kept from call to
/// call.
inline void largest_of_rows(const AverageOfRowsParams& p, const int8_t* rows, int32_t* state, int8_t* output) {
  int32_t i = 0;
  if (*state == 0) {
    for (; i < p.channels; ++i) output[i] = static_cast<int8_t>(max(rows[i], p.activation_min));
    rows += p.channels;
  }
  for (int32_t pixel = *state == 0 ? 1 : 0; pixel < p.pixels; ++pixel, rows += p.channels) {
    for (int32_t c = 0; c < p.channels; ++c) output[c] = static_cast<int8_t>(max(output[c], rows[c]));
  }
  if (!is_last_call(state, p.calls)) return;
  for (int32_t c = 0; c < p.channels; ++c) output[c] = static_cast<int8_t>(min(output[c], p.activation_max));
}

struct FullyConnectedOfRowsParams {
  int32_t calls;
  int32_t inputs;  ///< of a call
  int32_t outputs;
  int32_t input_offset;   ///< minus the input's zero point
  int32_t output_offset;  ///< the output's zero point
  int32_t multiplier_stride;
  int32_t activation_min;
  int32_t activation_max;
};

template <class V>
constexpr void fields(V&& v, const FullyConnectedOfRowsParams& p) {
  v("calls", p.calls);
  v("inputs", p.inputs);
  v("outputs", p.outputs);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("multiplier_stride", p.multiplier_stride);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
}

/// output[o] = clamp(output_offset + requantize(bias[o] + sum over all rows of weights[o] * (rows + input_offset))).
/// rows [inputs], weights [outputs, calls * inputs], bias may be null, state [1 + outputs].
inline void fully_connected_of_rows(const FullyConnectedOfRowsParams& p, const int8_t* rows, const int8_t* weights,
                                    const int32_t* bias, const int32_t* multiplier, const int32_t* shift,
                                    int32_t* state, int8_t* output) {
  int32_t* const sums = state + 1;
  for (int32_t o = 0; *state == 0 && o < p.outputs; ++o) sums[o] = bias ? bias[o] : 0;
  const int32_t row = p.calls * p.inputs;
  const int8_t* w = weights + *state * p.inputs;
  int32_t o = 0;
  for (; o + 4 <= p.outputs; o += 4, w += 4 * row) {
    FourSums four = {{sums[o], sums[o + 1], sums[o + 2], sums[o + 3]}};
    add_four_rows(four, rows, w, row, p.inputs, p.input_offset);
    for (int k = 0; k < 4; ++k) sums[o + k] = four.of[k];
  }
  for (; o < p.outputs; ++o, w += row) sums[o] = add_row(sums[o], rows, w, p.inputs, p.input_offset);
  if (!is_last_call(state, p.calls)) return;
  for (o = 0; o < p.outputs; ++o) output[o] = requantized_channel<int8_t>(p, bias, sums[o], o, multiplier, shift);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
