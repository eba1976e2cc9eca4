// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#pragma once

#include <stdint.h>

#include "mirim/micro/isa/paired_blocks.hpp"
#include "mirim/micro/isa/widen_rows.hpp"
#include "mirim/micro/requantize.hpp"
#include "mirim/micro/simd32.hpp"
#include "mirim/micro/unroll.hpp"
#include "mirim/micro/window.hpp"

/// An int8 convolution with two filters in one 16-bit lane (isa/paired_blocks.hpp has the tiles). A fully connected
/// layer is one with 1x1 filters, whose pixels are the rows.
///
/// The inputs of a tile's pixels are widened to 16 bits once, for all filters, in scratch: `columns`. Taps outside the
/// input hold the input's zero point, so that it is in the bias everywhere. Weights are in the order of
/// paired_weight_at and `pack_conv2d_paired` (mirim/offers/conv2d_paired_pack.hpp), which also says which layers this
/// kernel does not hold.
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

/// The columns, and behind them the bytes of all taps where channels are no whole words.
constexpr int32_t paired_scratch_bytes(const Conv2dPairedParams& p, int32_t pixels) {
  return paired_filter_size(p) * 2 * pixels +
         (p.input_channels % 4 == 0 ? 0 : (p.filter_height * p.filter_width * p.input_channels + 3) & ~3);
}

/// Which weight of a filter stands at `k` of the packed ones; -1 for none. A filter has `height` rows of `row` weights.
/// Whole words of all rows come first, then what is left of each, so that every load of inputs is a word in one row.
/// Those left are gathered one by one: the first two into a word of the columns, the next two into the next.
constexpr int32_t paired_weight_at(int32_t height, int32_t row, int32_t k) {
  const int32_t whole = row & ~3, left = row & 3, words_end = height * whole;
  if (k < words_end) return k / whole * row + k % whole;
  const int32_t place = k - words_end;
  const int32_t index = (place & ~3) + place % 2 * 2 + place / 2 % 2;  // of four, even ones are in the first word
  return index < height * left ? index / left * row + whole + index % left : -1;
}

template <int kPixels>
inline void fill_words(uint32_t* to, int32_t words, uint32_t value) {
  MIRIM_UNROLL(4)
  for (; words > 0; --words, to += kPixels) *to = value;
}

/// Whole words; the last may overlap the one before.
inline void copy_run(const int8_t* from, int8_t* to, int32_t count) {
  if (count < 4) {
    MIRIM_UNROLL(1)
    for (; count > 0; --count) *to++ = *from++;
    return;
  }
  const int32_t last = count - 4;
  MIRIM_UNROLL(1)
  for (int32_t i = 0; i < last; i += 4) __builtin_memcpy(to + i, from + i, 4);
  __builtin_memcpy(to + last, from + last, 4);
}

/// The taps of a filter's row that are inside the input, and how they lie in memory.
struct PairedTaps {
  int32_t begin;
  int32_t end;
  int32_t runs;    ///< of taps that are adjacent in memory: all of them, or each alone if they are dilated
  int32_t length;  ///< bytes of a run

  static PairedTaps of(const Conv2dPairedParams& p, int32_t left) {
    const TapRange taps = taps_inside(left, p.filter_width, p.dilation_width, p.input_width);
    const int32_t count = taps.end - taps.begin;
    const bool joined = p.dilation_width == 1;
    return {taps.begin, taps.end, joined ? min(count, 1) : count, (joined ? count : 1) * p.input_channels};
  }
};

/// Gathers the inputs of the pixel whose first tap is in column `left` of the input, channels in whole words.
/// rows(i) points to the input row under the filter's row i, its first pixel; null if that is outside.
template <int kPixels, class Rows>
[[gnu::noinline]] inline void gather_words(const Conv2dPairedParams& p, const Rows& rows, int32_t left, uint32_t* to) {
  const int32_t channels = p.input_channels, step = p.dilation_width * channels;
  const int32_t row_words = p.filter_width * channels / 2;
  const uint32_t zero = both_halves(-p.input_offset);
  const PairedTaps taps = PairedTaps::of(p, left);
  for (int32_t i = 0; i < p.filter_height; ++i, to += row_words * kPixels) {
    const int8_t* row = rows(i);
    if (!row) {
      fill_words<kPixels>(to, row_words, zero);
      continue;
    }
    if (taps.begin > 0) fill_words<kPixels>(to, taps.begin * channels / 2, zero);
    const int8_t* from = row + (left + taps.begin * p.dilation_width) * channels;
    uint32_t* at = to + taps.begin * channels / 2 * kPixels;
    for (int32_t run = 0; run < taps.runs; ++run, from += step, at += taps.length / 2 * kPixels) {
      widen<kPixels>(from, at, taps.length / 4);
    }
    if (taps.end < p.filter_width) fill_words<kPixels>(at, (p.filter_width - taps.end) * channels / 2, zero);
  }
}

/// Gathers inputs of channels that are no whole words, in the order of paired_weight_at, where some taps are outside
/// the input: first as bytes. `bytes`: room for all taps, in whole words.
template <int kPixels, class Rows>
[[gnu::noinline]] inline void gather_border_bytes(const Conv2dPairedParams& p, const Rows& rows, int32_t left,
                                                  uint32_t* to, uint32_t* bytes) {
  const int32_t channels = p.input_channels, row = p.filter_width * channels, step = p.dilation_width * channels;
  fill_words<1>(bytes, (row * p.filter_height + 3) / 4, static_cast<uint32_t>(-p.input_offset & 0xff) * 0x01010101U);
  const PairedTaps taps = PairedTaps::of(p, left);
  const int32_t first = (left + taps.begin * p.dilation_width) * channels;
  int8_t* at = reinterpret_cast<int8_t*>(bytes) + taps.begin * channels;
  for (int32_t i = 0; i < p.filter_height; ++i, at += row) {
    const int8_t* from = rows(i);
    if (!from) continue;
    from += first;
    for (int32_t run = 0; run < taps.runs; ++run, from += step) copy_run(from, at + run * taps.length, taps.length);
  }
  widen_rows<kPixels>(reinterpret_cast<const int8_t*>(bytes), to, row, p.filter_height, row / 4, row & 3);
}

/// Gathers the column of a pixel; most are all inside the input, and need few decisions.
template <int kPixels, class Rows>
[[gnu::noinline]] inline void gather_pixel(const Conv2dPairedParams& p, const Rows& rows, int32_t left, uint32_t* to) {
  const int32_t filter_row = p.filter_width * p.input_channels;
  const bool inside = p.dilation_width == 1 && left >= 0 && left + p.filter_width <= p.input_width;
  if (!inside) return gather_words<kPixels>(p, rows, left, to);
  for (int32_t i = 0; i < p.filter_height; ++i, to += filter_row / 2 * kPixels) {
    if (const int8_t* row = rows(i)) {
      widen<kPixels>(row + left * p.input_channels, to, filter_row / 4);
    } else {
      fill_words<kPixels>(to, filter_row / 2, both_halves(-p.input_offset));
    }
  }
}

/// A tile, of whose pixels `count` are gathered and not yet computed. `Blocks`: PairedBlocks or one that derives from
/// it, with a function paired_blocks<kFilters> of its own.
template <int kPixels, class Blocks = PairedBlocks<kPixels>>
struct PairedPixels {
  Blocks blocks;
  uint32_t* columns;
  int32_t count;

  static PairedPixels of(const Conv2dPairedParams& p, const uint32_t* packed, uint32_t* scratch) {
    PairedPixels pixels = {};
    pixels.blocks.weights = packed;
    pixels.blocks.columns = pixels.columns = scratch;
    pixels.blocks.steps = paired_filter_size(p) / 2;
    pixels.blocks.chunk = p.chunk;
    pixels.blocks.offset = p.output_offset;
    pixels.blocks.filters = p.output_channels;
    // Columns that no pixel fills are read, too.
    for (int32_t i = 0; i < pixels.blocks.steps * kPixels; ++i) scratch[i] = 0;
    return pixels;
  }
};

/// Computes the pixels that are gathered, if any.
template <int kFilters, int kPixels, class Blocks>
[[gnu::noinline]] inline void conv2d_paired_finish(const Conv2dPairedParams& p, PairedPixels<kPixels, Blocks>& pixels) {
  if (pixels.count == 0) return;
  int8_t** const outputs = pixels.blocks.outputs;
  for (int32_t x = pixels.count; x > 0 && x < kPixels; ++x) outputs[x] = outputs[x - 1];
  paired_blocks<kFilters>(pixels.blocks);
  if (p.activation_min != -128 || p.activation_max != 127) {
    for (int32_t x = 0; x < pixels.count; ++x) {
      clamp_results(outputs[x], pixels.blocks.filters, p.activation_min, p.activation_max);
    }
  }
  pixels.count = 0;
}

/// Computes one pixel that is left alone in a tile of two: as a tile of one, which has half the products.
template <int kFilters>
[[gnu::noinline]] inline void conv2d_paired_finish_alone(const Conv2dPairedParams& p, PairedPixels<2>& pixels) {
  if (pixels.count == 0) return;
  PairedBlocks<1> one = {};
  one.weights = pixels.blocks.weights;
  one.columns = pixels.columns;
  one.steps = pixels.blocks.steps;
  one.chunk = pixels.blocks.chunk;
  one.offset = pixels.blocks.offset;
  one.filters = pixels.blocks.filters;
  one.outputs[0] = pixels.blocks.outputs[0];
  MIRIM_UNROLL(4)
  for (int32_t i = 1; i < one.steps; ++i) pixels.columns[i] = pixels.columns[2 * i];
  paired_blocks<kFilters>(one);
  clamp_results(one.outputs[0], p.output_channels, p.activation_min, p.activation_max);
  pixels.count = 0;
}

/// Adds the pixels of an output row, and computes the outputs of each full tile; those left over wait for the next row
/// or for conv2d_paired_finish. Until then the caller leaves `output` alone.
template <int kFilters, int kPixels, class Blocks, class Rows>
inline void conv2d_paired_row(const Conv2dPairedParams& p, const Rows& rows, PairedPixels<kPixels, Blocks>& pixels,
                              int8_t* output) {
  const int32_t channels = p.input_channels;
  uint32_t* const bytes = pixels.columns + pixels.blocks.steps * kPixels;
  const int8_t* const row = rows(0);
  const int8_t* const inside = p.dilation_width == 1 ? rows.all_inside(p.filter_height) : nullptr;
  const int32_t filter_row = p.filter_width * channels;
  // One tap, always inside: its channels are the column.
  const bool pointwise = p.filter_height == 1 && p.filter_width == 1 && channels % 4 == 0 && p.padding_left == 0 &&
                         (p.output_width - 1) * p.stride_width < p.input_width && row;
  int32_t left = -p.padding_left;
  for (int32_t x = 0; x < p.output_width; ++x, left += p.stride_width, output += p.output_channels) {
    uint32_t* const column = pixels.columns + pixels.count;
    if (pointwise) {
      widen<kPixels>(row + left * channels, column, channels / 4);
    } else if (channels % 4 == 0) {
      gather_pixel<kPixels>(p, rows, left, column);
    } else if (inside && left >= 0 && left + p.filter_width <= p.input_width) {
      widen_rows<kPixels>(inside + left * channels, column, rows.step(), p.filter_height, filter_row / 4,
                          filter_row & 3);
    } else {
      gather_border_bytes<kPixels>(p, rows, left, column, bytes);
    }
    pixels.blocks.outputs[pixels.count] = output;
    if (++pixels.count == kPixels) conv2d_paired_finish<kFilters>(p, pixels);
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
  /// The first of `count` rows if none of them is outside, and the bytes from one to the next.
  const int8_t* all_inside(int32_t count) const {
    return top >= 0 && top + (count - 1) * dilation < height ? image + top * pitch : nullptr;
  }
  int32_t step() const { return dilation * pitch; }
};

/// All pixels, with the filters of `pixels`; `output` is the first pixel's result of the first of them. Those that fill
/// no tile are left to conv2d_paired_finish.
template <int kFilters, int kPixels, class Blocks>
inline void conv2d_paired_full_tiles(const Conv2dPairedParams& p, const int8_t* input,
                                     PairedPixels<kPixels, Blocks>& pixels, int8_t* output) {
  const int32_t pitch = p.input_width * p.input_channels;
  for (int32_t b = 0; b < p.batches; ++b, input += p.input_height * pitch) {
    for (int32_t y = 0; y < p.output_height; ++y, output += p.output_width * p.output_channels) {
      const ImageRows rows = {input, y * p.stride_height - p.padding_top, p.dilation_height, p.input_height, pitch};
      conv2d_paired_row<kFilters>(p, rows, pixels, output);
    }
  }
}

/// All of them.
template <int kFilters, int kPixels, class Blocks>
inline void conv2d_paired_image(const Conv2dPairedParams& p, const int8_t* input, PairedPixels<kPixels, Blocks>& pixels,
                                int8_t* output) {
  conv2d_paired_full_tiles<kFilters>(p, input, pixels, output);
  conv2d_paired_finish<kFilters>(p, pixels);
}

/// All outputs. `scratch`: paired_scratch_bytes.
template <int kFilters, int kPixels>
inline void conv2d_paired(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed, uint32_t* scratch,
                          int8_t* output) {
  auto pixels = PairedPixels<kPixels>::of(p, packed, scratch);
  conv2d_paired_image<kFilters>(p, input, pixels, output);
}

/// Tiles of four filters and two pixels: the fewest cycles from fast memory, half the scratch.
inline void conv2d_paired_4x2(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed,
                              uint32_t* scratch, int8_t* output) {
  conv2d_paired<4, 2>(p, input, packed, scratch, output);
}

/// The same for an odd number of pixels: the last one has a tile of its own.
inline void conv2d_paired_4x2_odd(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed,
                                  uint32_t* scratch, int8_t* output) {
  auto pixels = PairedPixels<2>::of(p, packed, scratch);
  conv2d_paired_full_tiles<4>(p, input, pixels, output);
  conv2d_paired_finish_alone<4>(p, pixels);
}

/// Tiles of four filters and one pixel: for layers with a single one.
inline void conv2d_paired_4x1(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed,
                              uint32_t* scratch, int8_t* output) {
  conv2d_paired<4, 1>(p, input, packed, scratch, output);
}

/// Tiles of two filters and four pixels: half the reads of weights, for flash that is slow.
inline void conv2d_paired_2x4(const Conv2dPairedParams& p, const int8_t* input, const uint32_t* packed,
                              uint32_t* scratch, int8_t* output) {
  conv2d_paired<2, 4>(p, input, packed, scratch, output);
}

}  // namespace v0
}  // namespace micro
}  // namespace mirim
