// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/paired_blocks.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"
#include "mirim/micro/window.hpp"

/// An int8 convolution with two filters in one 16-bit lane (isa/paired_blocks.hpp has the tiles). A fully connected
/// layer with several rows is one with 1x1 filters, whose pixels are the rows.
///
/// The inputs of a tile's pixels are widened to 16 bits once, for all filters, in scratch: `columns`. Taps outside the
/// input hold the input's zero point, so that it is in the bias everywhere. Weights are in the order of `pack_conv2d`
/// (mirim/offers/conv2d_paired_pack.hpp), which also says which layers this kernel does not hold.
namespace mirim {
namespace micro {
inline namespace v0 {

/// input [batches, input_height, input_width, input_channels], output [batches, output_height, output_width,
/// output_channels].
struct Conv2dPairedParams {
  int32_t batches;
  int32_t input_height;
  int32_t input_width;
  int32_t input_channels;
  int32_t filter_height;
  int32_t filter_width;
  int32_t output_height;
  int32_t output_width;
  int32_t output_channels;
  int32_t stride_height;
  int32_t stride_width;
  int32_t dilation_height;
  int32_t dilation_width;
  int32_t padding_top;
  int32_t padding_left;
  int32_t input_offset;   ///< minus the input's zero point
  int32_t output_offset;  ///< the output's zero point
  int32_t activation_min;
  int32_t activation_max;
  int32_t chunk;  ///< of PairedBlocks
};

template <class V>
constexpr void fields(V&& v, const Conv2dPairedParams& p) {
  v("batches", p.batches);
  v("input_height", p.input_height);
  v("input_width", p.input_width);
  v("input_channels", p.input_channels);
  v("filter_height", p.filter_height);
  v("filter_width", p.filter_width);
  v("output_height", p.output_height);
  v("output_width", p.output_width);
  v("output_channels", p.output_channels);
  v("stride_height", p.stride_height);
  v("stride_width", p.stride_width);
  v("dilation_height", p.dilation_height);
  v("dilation_width", p.dilation_width);
  v("padding_top", p.padding_top);
  v("padding_left", p.padding_left);
  v("input_offset", p.input_offset);
  v("output_offset", p.output_offset);
  v("activation_min", p.activation_min);
  v("activation_max", p.activation_max);
  v("chunk", p.chunk);
}

/// The weights of a filter, rounded up to whole fours.
constexpr int32_t paired_filter_size(const Conv2dPairedParams& p) {
  return (p.filter_height * p.filter_width * p.input_channels + 3) & ~3;
}

/// The columns, and behind them the bytes of a pixel's inputs where rows of taps are no whole words.
constexpr int32_t paired_scratch_bytes(const Conv2dPairedParams& p, int32_t pixels) {
  return paired_filter_size(p) * 2 * pixels + (p.input_channels % 4 == 0 ? 0 : paired_filter_size(p));
}

/// Every kPixels-th word of `to` becomes two of `fours` times four bytes, in the order of the columns.
template <int kPixels>
inline void widen(const int8_t* from, uint32_t* to, int32_t fours) {
  MIRIM_UNROLL(4)
  for (; fours > 0; --fours, from += 4, to += 2 * kPixels) {
    const uint32_t bytes = load_word(from);
    to[0] = even_bytes(bytes);
    to[kPixels] = odd_bytes(bytes);
  }
}

template <int kPixels>
inline void fill_words(uint32_t* to, int32_t words, uint32_t value) {
  MIRIM_UNROLL(4)
  for (; words > 0; --words, to += kPixels) *to = value;
}

inline void copy_run(const int8_t* from, int8_t* to, int32_t count) {
  for (; count >= 4; count -= 4, from += 4, to += 4) __builtin_memcpy(to, from, 4);
  MIRIM_UNROLL(1)
  for (; count > 0; --count) *to++ = *from++;
}

inline void fill_run(int8_t* to, int32_t count, int32_t value) {
  MIRIM_UNROLL(1)
  for (; count > 0; --count) *to++ = static_cast<int8_t>(value);
}

/// Pixels whose columns are gathered and whose outputs are not yet computed.
template <int kPixels>
struct PairedPixels {
  uint32_t* columns;
  int32_t count;
  int8_t* outputs[kPixels];
};

/// Gathers the inputs of the pixel whose first tap is in column `left` of the input; channels in whole words.
/// rows(i) points to the input row under the filter's row i, its first pixel; null if that is outside.
template <int kPixels, class Rows>
[[gnu::noinline]] inline void gather_words(const Conv2dPairedParams& p, const Rows& rows, int32_t left, uint32_t* to) {
  const int32_t channels = p.input_channels, step = p.dilation_width * channels;
  const int32_t row_words = p.filter_width * channels / 2;
  const uint32_t zero = both_halves(-p.input_offset);
  TapRange taps = {0, p.filter_width};
  if (left < 0 || left + (p.filter_width - 1) * p.dilation_width >= p.input_width) {
    taps = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
  }
  const bool joined = p.dilation_width == 1;
  const int32_t count = taps.end - taps.begin;
  const int32_t runs = joined ? min(count, 1) : count;
  const int32_t length = (joined ? count : 1) * channels;
  for (int32_t i = 0; i < p.filter_height; ++i, to += row_words * kPixels) {
    const int8_t* row = rows(i);
    if (!row) {
      fill_words<kPixels>(to, row_words, zero);
      continue;
    }
    if (taps.begin > 0) fill_words<kPixels>(to, taps.begin * channels / 2, zero);
    const int8_t* from = row + (left + taps.begin * p.dilation_width) * channels;
    uint32_t* at = to + taps.begin * channels / 2 * kPixels;
    for (int32_t run = 0; run < runs; ++run, from += step, at += length / 2 * kPixels) {
      widen<kPixels>(from, at, length / 4);
    }
    if (taps.end < p.filter_width) fill_words<kPixels>(at, (p.filter_width - taps.end) * channels / 2, zero);
  }
}

/// The same for any number of channels: by way of the bytes, which are then widened as one run.
template <int kPixels, class Rows>
[[gnu::noinline]] inline void gather_bytes(const Conv2dPairedParams& p, const Rows& rows, int32_t left, uint32_t* to,
                                           int8_t* bytes) {
  const int32_t channels = p.input_channels, step = p.dilation_width * channels;
  const int32_t filter_row = p.filter_width * channels;
  TapRange taps = {0, p.filter_width};
  if (left < 0 || left + (p.filter_width - 1) * p.dilation_width >= p.input_width) {
    taps = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
  }
  const bool joined = p.dilation_width == 1;
  const int32_t count = taps.end - taps.begin;
  const int32_t runs = joined ? min(count, 1) : count;
  const int32_t length = (joined ? count : 1) * channels;
  int8_t* at = bytes;
  for (int32_t i = 0; i < p.filter_height; ++i) {
    const int8_t* row = rows(i);
    if (!row) {
      fill_run(at, filter_row, -p.input_offset);
      at += filter_row;
      continue;
    }
    if (taps.begin > 0) fill_run(at, taps.begin * channels, -p.input_offset);
    const int8_t* from = row + (left + taps.begin * p.dilation_width) * channels;
    at += taps.begin * channels;
    for (int32_t run = 0; run < runs; ++run, from += step, at += length) copy_run(from, at, length);
    if (taps.end < p.filter_width) fill_run(at, (p.filter_width - taps.end) * channels, -p.input_offset);
    at += (p.filter_width - taps.end) * channels;
  }
  const int32_t size = p.filter_height * filter_row;
  fill_run(at, -size & 3, 0);  // times weights of 0
  widen<kPixels>(bytes, to, (size + 3) / 4);
}

/// Computes the pixels that are gathered, if any.
template <int kFilters, int kPixels>
[[gnu::noinline]] inline void conv2d_paired_finish(const Conv2dPairedParams& p, const uint32_t* packed,
                                                   PairedPixels<kPixels>& pixels) {
  if (pixels.count == 0) return;
  PairedBlocks<kPixels> blocks;
  blocks.weights = packed;
  blocks.columns = pixels.columns;
  blocks.steps = paired_filter_size(p) / 2;
  blocks.chunk = p.chunk;
  blocks.offset = p.output_offset;
  blocks.filters = p.output_channels;
  blocks.outputs[0] = pixels.outputs[0];
  for (int x = 1; x < kPixels; ++x) blocks.outputs[x] = x < pixels.count ? pixels.outputs[x] : blocks.outputs[x - 1];
  paired_blocks<kFilters>(blocks);
  for (int32_t x = 0; x < pixels.count; ++x) {
    clamp_results(pixels.outputs[x], p.output_channels, p.activation_min, p.activation_max);
  }
  pixels.count = 0;
}

/// Adds the pixels of an output row, and computes the outputs of each full tile; those left over wait for the next row
/// or for conv2d_paired_finish. Until then the caller leaves `output` alone.
template <int kFilters, int kPixels, class Rows>
inline void conv2d_paired_row(const Conv2dPairedParams& p, const Rows& rows, const uint32_t* packed,
                              PairedPixels<kPixels>& pixels, int8_t* output) {
  int8_t* const bytes = reinterpret_cast<int8_t*>(pixels.columns + paired_filter_size(p) / 2 * kPixels);
  int32_t left = -p.padding_left;
  for (int32_t x = 0; x < p.output_width; ++x, left += p.stride_width, output += p.output_channels) {
    uint32_t* column = pixels.columns + pixels.count;
    if (p.input_channels % 4 == 0) {
      gather_words<kPixels>(p, rows, left, column);
    } else {
      gather_bytes<kPixels>(p, rows, left, column, bytes);
    }
    pixels.outputs[pixels.count] = output;
    if (++pixels.count == kPixels) conv2d_paired_finish<kFilters>(p, packed, pixels);
  }
}

/// The rows under a filter in a whole image.
struct ImageRows {
  const int8_t* image;
  int32_t top;
  int32_t dilation;
  int32_t height;
  int32_t pitch;
  const int8_t* operator()(int32_t i) const {
    const int32_t row = top + i * dilation;
    return row < 0 || row >= height ? nullptr : image + row * pitch;
  }
};

/// All outputs. `scratch`: paired_scratch_bytes.
template <int kFilters, int kPixels>
inline void conv2d_paired(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed, uint32_t* scratch,
                          int8_t* output) {
  PairedPixels<kPixels> pixels = {};
  pixels.columns = scratch;
  const int32_t pitch = p.input_width * p.input_channels;
  // Columns that no pixel fills are read, too.
  for (int32_t i = 0; i < paired_filter_size(p) / 2 * kPixels; ++i) scratch[i] = 0;
  for (int32_t b = 0; b < p.batches; ++b, input += p.input_height * pitch) {
    for (int32_t y = 0; y < p.output_height; ++y, output += p.output_width * p.output_channels) {
      const ImageRows rows = {input, y * p.stride_height - p.padding_top, p.dilation_height, p.input_height, pitch};
      conv2d_paired_row<kFilters>(p, rows, packed, pixels, output);
    }
  }
  conv2d_paired_finish<kFilters>(p, packed, pixels);
}

/// Tiles of four filters and two pixels: the fewest cycles from fast memory, half the scratch.
inline void conv2d_paired_4x2(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed,
                              uint32_t* scratch, int8_t* output) {
  conv2d_paired<4, 2>(p, input, packed, scratch, output);
}

/// Tiles of two filters and four pixels: half the reads of weights, for flash that is slow.
inline void conv2d_paired_2x4(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed,
                              uint32_t* scratch, int8_t* output) {
  conv2d_paired<2, 4>(p, input, packed, scratch, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
